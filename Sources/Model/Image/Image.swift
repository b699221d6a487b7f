/// A base root file system in the store.
package struct Image: Hashable, Sendable {
    package var digest: Digest
    package var configuration: ImageConfiguration
    /// The lowest first.
    package var layers: [ImageLayer]

    package init(digest: Digest, configuration: ImageConfiguration, layers: [ImageLayer]) {
        self.digest = digest
        self.configuration = configuration
        self.layers = layers
    }
}

/// A name for an image in one scope; the shared scope's names are seen from all.
package struct ImageName: Hashable, Sendable {
    package var name: ResourceName
    /// Nil for the shared scope, which admins write.
    package var scope: Scope?
    package var digest: Digest
    package var created: Timestamp

    package init(name: ResourceName, scope: Scope?, digest: Digest, created: Timestamp) {
        self.name = name
        self.scope = scope
        self.digest = digest
        self.created = created
    }
}
