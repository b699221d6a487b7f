import API
import Glibc

/// Whether programs that are run are there.
struct ProgramCheck: Check {
    let name: String
    /// A name found in PATH, or a path.
    let program: String
    /// What does not work without.
    let purpose: String
    let isNeeded: Bool
    /// The Debian package to install.
    let package: String
    var searchPath = ProcessEnvironment["PATH"] ?? ""

    /// - Parameter host: what a daemon says it uses; its defaults where none answers.
    static func all(for host: [String: String] = [:]) -> [ProgramCheck] {
        [
            ProgramCheck(
                name: "runtime", program: host["runtime"] ?? "crun", purpose: "no step can run",
                isNeeded: true, package: "crun"),
            ProgramCheck(
                name: "network", program: host["network_helper"] ?? "slirp4netns",
                purpose: "steps with a private network cannot run",
                isNeeded: true, package: "slirp4netns"),
            ProgramCheck(
                name: "registry", program: "skopeo", purpose: "images cannot be pulled", isNeeded: false,
                package: "skopeo"),
        ]
    }

    func findings() async -> [Wire.Finding] {
        if let path = find(program) { return fine(path) }
        let detail = "\(program) is not installed: \(purpose)"
        let fix =
            program == package
            ? "apt-get install \(package)"
            : "install it, or name another in the daemon's configuration; the usual one is \(package)"
        return isNeeded ? failure(detail, fix: fix) : warning(detail, fix: fix)
    }

    /// Also where a daemon's path leads and a user's often does not.
    private func find(_ program: String) -> String? {
        if program.contains("/") { return isProgram(program) ? program : nil }
        let places =
            searchPath.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return places.lazy.map { $0 + "/" + program }.first(where: isProgram)
    }

    private func isProgram(_ path: String) -> Bool {
        // SAFETY: the path is a C string for the time of the call.
        unsafe access(path, X_OK) == 0
    }
}
