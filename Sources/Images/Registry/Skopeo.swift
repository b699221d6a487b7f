import Layers
import Linux
import Model
import Subprocess
import SystemPackage

/// Fetches images from registries with skopeo, which knows their protocols, mirrors and credentials.
struct Skopeo {
    let options: RegistryOptions
    let platform: ImagePlatform

    /// The name the image has in the layout it is put into.
    static let tag = "image"

    /// Puts the image into a new OCI layout in the folder `layout` of `folder`. Cancelled with its task.
    ///
    /// - Throws: `image-pull-failed`.
    func copy(_ reference: RegistryReference, to folder: SpoolFolder) async throws {
        let pull = PullFailure(reference: reference)
        let program = options.skopeo
        let timeout = options.timeout
        let configuration = Configuration(
            executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments(for: reference, to: "oci:\(folder.path)/layout:\(Skopeo.tag)")),
            environment: .inherit.updating(["TMPDIR": folder.path]),
            platformOptions: Skopeo.endingGently)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let result: (isSuccess: Bool, text: String)
                do {
                    let ended = try await Subprocess.run(
                        configuration, input: .none, output: .discarded, error: .string(limit: 1 << 20))
                    result = (ended.terminationStatus.isSuccess, ended.standardError)
                } catch let error as SubprocessError {
                    try Task.checkCancellation()
                    throw error.code == .executableNotFound
                        ? pull.programMissing : pull.failure(saying: "\(error)")
                }
                try Task.checkCancellation()
                guard result.isSuccess else { throw pull.failure(saying: result.text) }
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw pull.timedOut
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static var endingGently: PlatformOptions {
        var options = PlatformOptions()
        // A terminal's Ctrl-C is the daemon's business.
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
        return options
    }

    private func arguments(for reference: RegistryReference, to destination: String) -> [String] {
        var arguments = [
            "--override-os", platform.system, "--override-arch", platform.architecture, "copy",
            // A layout has no place for signatures; those the policy asks for have been checked by then.
            "--remove-signatures", "--retry-times", "2",
        ]
        if let file = options.authenticationFile { arguments += ["--src-authfile", file] }
        if reference.isLoopback { arguments.append("--src-tls-verify=false") }
        return arguments + ["docker://\(reference)", destination]
    }
}
