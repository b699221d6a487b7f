import Model
import TestSupport
import Testing

func path(_ text: String) throws -> EntryPath { try #require(EntryPath(text)) }

func key(_ text: String) throws -> StepKey { try #require(StepKey(text)) }

extension Digest {
    static func text(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
}

extension Manifest {
    /// A tree of files with mode 0644 in directories with mode 0755, by path and content.
    static func tree(_ files: [String: String]) -> Manifest {
        var builder = ManifestBuilder(rootMode: 0o755)
        add(files.map { ($0.key.split(separator: "/").map(String.init)[...], $0.value) }, to: &builder)
        return builder.finish()
    }

    private static func add(
        _ files: [(path: ArraySlice<String>, content: String)], to builder: inout ManifestBuilder
    ) {
        for (name, group) in Dictionary(grouping: files, by: { $0.path.first ?? "" }) {
            if let file = group.first(where: { $0.path.count == 1 }) {
                builder.addFile(
                    Array(name.utf8), mode: 0o644, size: Int64(file.content.utf8.count),
                    content: .text(file.content))
            } else {
                builder.beginDirectory(Array(name.utf8), mode: 0o755)
                add(group.map { ($0.path.dropFirst(), $0.content) }, to: &builder)
                builder.endDirectory()
            }
        }
    }
}

extension StepIdentity {
    static func sample(
        policy: CachePolicy = .forever(environmentKeys: []), workspace: String = "w",
        mode: StepSpecification.WorkspaceMode = .readWrite, policyValues: [String: String] = [:]
    ) -> StepIdentity {
        StepIdentity(
            scope: Scope(owner: 0), workspace: workspace, base: .image(.text("image")), command: "true",
            environment: ["A": .text("1")], workingDirectory: "/workspace", user: nil, network: .private,
            platform: "linux/amd64", workspaceMode: mode, workspaceTarget: .usualWorkspace, mountPoints: [],
            policy: policy, policyValues: policyValues)
    }
}
