/// A volume in one step: the layers of its version, and what they lie on at each of its places.
package struct StepVolume: Hashable, Sendable, Codable {
    /// As it is called in messages.
    package var title: String
    /// Of the version the step begins with, uppermost first; in each, directory `N` belongs to place `N`.
    package var layers: [LayerID]
    package var places: [MountPlace]
    /// Who owns a directory that is neither in the version nor below it.
    package var uid: UInt32
    package var gid: UInt32

    package init(title: String, layers: [LayerID], places: [MountPlace], uid: UInt32, gid: UInt32) {
        self.title = title
        self.layers = layers
        self.places = places
        self.uid = uid
        self.gid = gid
    }

    /// Every layer that has to be on disk while the step runs.
    package var allLayers: [LayerID] { layers + places.flatMap { $0.ground.map(\.layer) } }
}

/// Where in a step something is mounted, links of the image followed, and what is below.
package struct MountPlace: Hashable, Sendable, Codable {
    /// From the root of the step, without a leading slash.
    package var target: EntryPath
    package var point: StepMountPoint
    /// The directories that make up what the step sees there otherwise, uppermost first; empty for nothing, or where
    /// nothing is to show through.
    package var ground: [GroundDirectory]
    /// Equal for places where the same is below.
    package var signature: String

    package init(
        target: EntryPath, point: StepMountPoint, ground: [GroundDirectory] = [], signature: String = ""
    ) {
        self.target = target
        self.point = point
        self.ground = ground
        self.signature = signature
    }

    /// The same place with nothing showing through.
    package var emptied: MountPlace { MountPlace(target: target, point: point) }
}

/// A directory that has to be there before something can be mounted on it.
package struct StepMountPoint: Hashable, Sendable, Codable {
    package var area: Area
    /// From the root of the area.
    package var path: EntryPath

    package enum Area: String, Hashable, Sendable, Codable { case system, workspace }

    package init(_ path: EntryPath, in area: Area) {
        self.path = path
        self.area = area
    }
}

/// One directory inside a layer, as a part of a merged one.
package struct GroundDirectory: Hashable, Sendable, Codable {
    package var layer: LayerID
    package var path: EntryPath
    /// Who appears as the owner of what belongs to 0:0, as in `LayerReference`.
    package var uid: UInt32?
    package var gid: UInt32?

    package init(layer: LayerID, path: EntryPath, uid: UInt32? = nil, gid: UInt32? = nil) {
        self.layer = layer
        self.path = path
        self.uid = uid
        self.gid = gid
    }
}
