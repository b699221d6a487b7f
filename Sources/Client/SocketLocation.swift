/// Where the daemon's socket is.
package enum SocketLocation {
    package static let standard = "/run/varve/varve.sock"
    /// The environment variable that names another one.
    package static let variable = "VARVE_SOCKET"

    /// The option's value, else the variable's, else the standard one.
    package static func choose(option: String?, environment: [String: String]) -> String {
        if let option { return option }
        if let value = environment[variable], !value.isEmpty { return value }
        return standard
    }
}
