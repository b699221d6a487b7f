import Linux
import Model
import Sandbox
import SystemPackage

/// Secrets as files of a step's bundle, which is on a tmpfs and goes with the step.
enum SecretFiles {
    private static let folder = "secrets"

    /// Writes them, for the step's user alone to read.
    ///
    /// Blocks.
    /// - Returns: the mounts with which the step has them below `/run/secrets`.
    static func write(
        _ secrets: [String: String], for user: StepUser, in bundle: String
    ) throws -> [OCISpecification.Mount] {
        guard !secrets.isEmpty else { return [] }
        let directory = try Directory(opening: bundle, following: false)
        try directory.createDirectory(folder, mode: 0o700)
        let files = try directory.openDirectory(folder)
        let place = "/\(SecretMount.directory)"
        // In memory too, so that mount points are made in nothing that is kept.
        var mounts = [
            OCISpecification.Mount(
                place, type: "tmpfs", ["nosuid", "nodev", "noexec", "mode=755", "size=64k"])
        ]
        for (name, value) in secrets.sorted(by: { $0.key < $1.key }) {
            let file = try files.createFile(name)
            try file.writeAll(Array(value.utf8))
            try file.setOwner(uid: user.uid, gid: user.gid)
            try file.setMode(0o400)
            mounts.append(.readOnlyBind("\(bundle)/\(folder)/\(name)", at: "\(place)/\(name)"))
        }
        return mounts
    }
}
