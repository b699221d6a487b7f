/// What a catalog says of a store, as far as recovery needs it.
package struct CatalogContent: Sendable, Hashable {
    package struct Layer: Sendable, Hashable {
        /// Whether it was on the disk for sure when that was written down.
        package var isDurable: Bool

        package init(isDurable: Bool) { self.isDurable = isDurable }
    }

    package var layers: [LayerID: Layer]
    /// The next number to be given out: none from here on up was ever used.
    package var nextLayer: LayerID
    /// The boot in which the store was last brought in order; nil before the first time.
    package var boot: String?
    /// Those that have not ended.
    package var leases: [Lease]

    package init(
        layers: [LayerID: Layer] = [:], nextLayer: LayerID, boot: String? = nil, leases: [Lease] = []
    ) {
        self.layers = layers
        self.nextLayer = nextLayer
        self.boot = boot
        self.leases = leases
    }
}

/// What the folders of a store hold, by name only.
package struct StoreListing: Sendable, Hashable {
    /// Directories of `layers/` and `active/` with the name of a layer.
    package var layers: Set<LayerID> = []
    package var active: Set<LayerID> = []
    /// Paths of everything else in those two.
    package var foreign: [String] = []

    package init(layers: Set<LayerID> = [], active: Set<LayerID> = [], foreign: [String] = []) {
        self.layers = layers
        self.active = active
        self.foreign = foreign
    }
}

/// What the host says of a store at the moment it is brought in order.
package struct HostState: Sendable, Hashable {
    package var boot: String
    package var now: Timestamp
    /// Leases whose mounts are where they were made.
    package var mounted: Set<String>
    /// Directories of `active/` that something besides leases still writes to.
    package var writing: Set<LayerID>

    package init(boot: String, now: Timestamp, mounted: Set<String> = [], writing: Set<LayerID> = []) {
        self.boot = boot
        self.now = now
        self.mounted = mounted
        self.writing = writing
    }
}
