import Foundation
import Testing

/// The arrows between targets. The package manager does not refuse an import that another target's dependencies happen to
/// satisfy, so this test reads the import lines themselves.
@Suite struct `Imports between targets` {
    /// What each target may import of ours and of libraries; what is not named is forbidden. Foundation counts as a library.
    static let allowed: [String: Set<String>] = [
        "Linux": ["CLinux", "CMount", "CSystemd", "Glibc", "Dispatch", "Synchronization", "SystemPackage"],
        "JSON": [],
        "Model": ["JSON", "Crypto"],
        "Pipelines": ["JSON", "Model", "Yams"],
        "Catalog": ["JSON", "Linux", "Model", "Dispatch", "GRDB", "Foundation", "Synchronization"],
        "Archives": ["CArchive", "CZlib", "Linux", "Model", "SystemPackage", "Synchronization", "Glibc"],
        "Layers": ["Linux", "Model", "SystemPackage", "Synchronization", "Glibc"],
        "Workspaces": [
            "Archives", "Layers", "Linux", "Model", "Crypto", "Dispatch", "SystemPackage", "Synchronization",
            "Glibc",
        ],
        "Images": [
            "Archives", "Layers", "Linux", "Model", "Crypto", "FoundationEssentials", "Glibc", "Subprocess",
            "SystemPackage", "Synchronization",
        ],
        "Sandbox": [
            "JSON", "Linux", "Model", "FoundationEssentials", "SystemPackage", "Synchronization", "Glibc",
        ],
        "Engine": [
            "Catalog", "Images", "JSON", "Layers", "Linux", "Model", "Sandbox", "Workspaces", "Archives",
            "Crypto", "Foundation", "Logging", "Metrics", "Synchronization", "SystemPackage",
        ],
        "Repair": ["Catalog", "Layers", "Linux", "Model", "Sandbox", "SystemPackage"],
        "API": ["JSON", "Model"],
        "Server": [
            "API", "Archives", "Catalog", "Engine", "Images", "JSON", "Layers", "Linux", "Model",
            "Pipelines", "Workspaces",
            "Dispatch", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "Metrics", "NIOCore",
            "NIOHTTP1", "NIOPosix", "ServiceLifecycle", "Synchronization", "SystemPackage",
        ],
        "Client": [
            "API", "JSON", "Model", "Glibc", "NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization",
        ],
        "varved": [
            "API", "Engine", "Linux", "Model", "Server", "ArgumentParser", "Foundation", "Logging", "Metrics",
            "ServiceLifecycle", "Synchronization", "SystemPackage", "TOMLKit", "UnixSignals",
        ],
        "varve": [
            "API", "Client", "Linux", "Model", "Pipelines", "Repair", "ArgumentParser", "Foundation", "Glibc",
            "NIOCore", "Subprocess", "Synchronization", "SystemPackage", "UnixSignals",
        ],
        "varve-bench": [
            "Catalog", "Layers", "Linux", "Model", "Workspaces", "Glibc", "Synchronization", "SystemPackage",
        ],
    ]

    /// Targets that are not in a folder of their name below `Sources`.
    static let elsewhere = ["varve-bench": "integration/bench/probe"]

    @Test(arguments: allowed.keys.sorted()) func `a target imports only what the architecture allows`(
        target: String
    ) throws {
        let imports = try importedModules(of: target)
        #expect(
            !imports.isEmpty || Self.allowed[target]?.isEmpty == true,
            "no import was found: is the folder where it was?")
        let forbidden = imports.subtracting(Self.allowed[target] ?? [])
        #expect(forbidden.isEmpty, "\(target) must not import \(forbidden.sorted().joined(separator: ", "))")
    }

    /// The libraries that another could take the place of, each with the one target that knows it. C libraries are named by
    /// their doors.
    static let homes: [String: String] = [
        "GRDB": "Catalog", "Yams": "Pipelines", "TOMLKit": "varved", "Hummingbird": "Server",
        "HummingbirdCore": "Server", "HTTPTypes": "Server", "CArchive": "Archives", "CZlib": "Archives",
        "CMount": "Linux",
        "CSystemd": "Linux",
    ]

    @Test(arguments: homes.keys.sorted())
    func `a library that can be replaced is imported by one target`(_ library: String) throws {
        let home = try #require(Self.homes[library])
        let importing = try Self.allowed.keys.filter { try importedModules(of: $0).contains(library) }
        #expect(importing == [home], "docs/decisions/0002-dependencies.md says what it is for")
    }

    @Test func `every Swift target is held by a rule`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        let swiftTargets = folders.filter { folder in
            (try? swiftFiles(in: sources.appendingPathComponent(folder)))?.isEmpty == false
        }
        #expect(Set(swiftTargets) == Set(Self.allowed.keys).subtracting(Self.elsewhere.keys))
    }

    private var package: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private var sources: URL { package.appendingPathComponent("Sources") }

    private func swiftFiles(in folder: URL) throws -> [URL] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

    private func importedModules(of target: String) throws -> Set<String> {
        let pattern =
            /^(?:@\w+(?:\([^)]*\))? +)*(?:package |public |internal |private |fileprivate )?import +(?:(?:struct|class|enum|func|protocol|typealias|let|var) +)?(\w+)/
            .anchorsMatchLineEndings()
        var modules: Set<String> = []
        let folder = package.appendingPathComponent(Self.elsewhere[target] ?? "Sources/\(target)")
        for file in try swiftFiles(in: folder) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: pattern) { modules.insert(String(match.1)) }
        }
        return modules
    }
}
