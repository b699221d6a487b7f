import API
import Glibc

/// Whether programs that are run are there.
struct ProgramCheck: Check {
    let name: String
    /// Any one of them is enough.
    let programs: [String]
    /// What does not work without.
    let purpose: String
    let isNeeded: Bool
    /// The Debian package to install.
    let package: String
    var searchPath = ProcessEnvironment["PATH"] ?? ""

    static let all = [
        ProgramCheck(
            name: "runtime", programs: ["crun", "runc", "youki"], purpose: "no step can run", isNeeded: true,
            package: "crun"),
        ProgramCheck(
            name: "network", programs: ["slirp4netns"],
            purpose: "steps with a private network cannot run",
            isNeeded: true, package: "slirp4netns"),
        ProgramCheck(
            name: "registry", programs: ["skopeo"], purpose: "images cannot be pulled", isNeeded: false,
            package: "skopeo"),
    ]

    func findings() async -> [Wire.Finding] {
        for program in programs {
            if let path = find(program) { return fine(path) }
        }
        let detail = "\(programs.joined(separator: " or ")) is not installed: \(purpose)"
        let fix = "apt-get install \(package)"
        return isNeeded ? failure(detail, fix: fix) : warning(detail, fix: fix)
    }

    /// Also where a daemon's path leads and a user's often does not.
    private func find(_ program: String) -> String? {
        let places =
            searchPath.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return places.lazy.map { $0 + "/" + program }.first { path in
            // SAFETY: the path is a C string for the time of the call.
            unsafe access(path, X_OK) == 0
        }
    }
}
