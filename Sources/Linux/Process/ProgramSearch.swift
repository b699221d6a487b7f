import Glibc

/// Where programs are that are named without a path.
package enum ProgramSearch {
    /// Also searched: a daemon's programs are there, and a user's PATH often does not lead there.
    private static let always = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The path of a program: of the first executable file of that name in `searchPath`, or in one of the usual
    /// places. A name with a slash is a path itself. Nil where there is none.
    ///
    /// - Parameter searchPath: folders with colons in between, as in PATH.
    package static func path(of program: String, searchPath: String = ownSearchPath) -> String? {
        if program.contains("/") { return isExecutable(program) ? program : nil }
        let folders = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init) + always
        return folders.lazy.map { "\($0)/\(program)" }.first(where: isExecutable)
    }

    /// This process's PATH; empty without one.
    package static var ownSearchPath: String {
        // SAFETY: nobody changes the environment; the text is copied at once.
        unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard let status = try? Descriptor.openFile(path, .path).status(), status.kind == .file else {
            return false
        }
        // SAFETY: the path is a C string for the time of the call.
        return unsafe access(path, X_OK) == 0
    }
}
