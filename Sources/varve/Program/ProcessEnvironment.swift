import Glibc

/// The variables this process was started with.
enum ProcessEnvironment {
    /// All that are UTF-8.
    static var all: [String: String] {
        var variables: [String: String] = [:]
        // SAFETY: `environ` is a NULL-terminated array of C strings, and nobody in this program changes it.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            if let variable = unsafe String(validatingCString: text), let sign = variable.firstIndex(of: "=")
            {
                variables[String(variable[..<sign])] = String(variable[variable.index(after: sign)...])
            }
            unsafe entry += 1
        }
        return variables
    }

    static subscript(name: String) -> String? {
        // SAFETY: the answer is copied before anything can change the environment.
        unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
    }

    /// Whether the locale's character set is UTF-8, so that more than ASCII may be written.
    static var isUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { self[$0] }.first { !$0.isEmpty } ?? ""
        let text = locale.lowercased()
        return text.contains("utf-8") || text.contains("utf8")
    }
}
