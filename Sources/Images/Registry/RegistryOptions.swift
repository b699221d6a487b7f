/// How images are fetched from registries.
package struct RegistryOptions: Sendable {
    /// The program: a path, or a name to be looked up in `PATH`.
    package var skopeo = "skopeo"
    /// Credentials, as `skopeo login --authfile` writes them; nil for where skopeo looks by itself.
    package var authenticationFile: String?
    /// After which an image that is not there yet is given up.
    package var timeout: Duration = .seconds(1800)

    package init() {}
}
