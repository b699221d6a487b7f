import Linux
package import Model

/// What a step leaves behind, ready to become layers: its facts are taken and its sizes known.
package struct SealedStep: ~Copyable, Sendable {
    struct Content: Sendable {
        var facts: FactSet
        var systemSize: LayerSize
        var workspaceSize = LayerSize()
        var hasSystem = false
        var hasWorkspace = false
        var volumes: [Volume] = []
    }

    /// What a step left in one of its volumes.
    package struct Volume: Hashable, Sendable {
        package var facts: VolumeFacts
        package var size = LayerSize()
        package var hasChanged = false
        let places: Int
    }

    private let content: Content
    private let active: ActiveDirectory

    init(_ content: Content, _ active: consuming ActiveDirectory) {
        self.content = content
        self.active = active
    }

    /// What the workspace delta stands on in the revision. A step with `workspace: none` has none, one with a
    /// read-only workspace that of the workspace's own directory.
    package var facts: FactSet { content.facts }

    /// The step changed something outside its workspace; `nil` for no layer.
    package var systemSize: LayerSize? { content.hasSystem ? content.systemSize : nil }

    /// The step changed something in its workspace; `nil` for no delta.
    package var workspaceSize: LayerSize? { content.hasWorkspace ? content.workspaceSize : nil }

    /// Layer and delta equal those of another snapshot, times aside; `nil` is one that has none.
    package borrowing func equals(system: LayerID?, workspace: LayerID?) throws(Failure) -> Bool {
        // Both kinds of absence are cheap to see, so they come before any reading.
        guard (system != nil) == content.hasSystem, (workspace != nil) == content.hasWorkspace else {
            return false
        }
        for (part, other) in [(ActiveDirectory.Part.system, system), (.workspace, workspace)] {
            guard let other else { continue }
            let mine = try active.open(part)
            if try !LayerComparison.equal(mine.directory, active.store.layer(other).directory) {
                return false
            }
        }
        return true
    }

    /// In the order of the step's volumes.
    package var volumes: [Volume] { content.volumes }

    /// Paths, the place's position in front, that this step and the ones who wrote `layers` did different things to.
    ///
    /// - Parameter layers: of the same volume, uppermost first, written since the step began.
    package borrowing func conflicts(
        inVolume volume: Int, with layers: [LayerID], most: Int
    ) throws(Failure) -> [EntryPath] {
        var found: Set<EntryPath> = []
        for place in 0..<content.volumes[volume].places {
            let mine = try active.open(.volume(volume, place))
            for layer in layers where found.count < most {
                guard let theirs = try active.store.directory(ofPlace: place, in: layer) else { continue }
                for path in try VolumeConflicts.find(
                    mine.directory, against: theirs.directory, most: most - found.count)
                {
                    found.insert(EntryPath(unchecked: Array("\(place)/".utf8) + path.bytes))
                }
            }
        }
        return found.sorted()
    }

    /// Makes what the step left in a volume a layer of the store; once. Its record comes after.
    package borrowing func commit(volume: Int, as layer: LayerID) throws(Failure) {
        try active.commit(volume: volume, places: content.volumes[volume].places, as: layer)
    }

    /// Makes them layers of the store under numbers that were never used, one rename each; an empty one is
    /// none.
    ///
    /// Their record in the catalog comes after: without one the next start takes them away again.
    package consuming func commit(system: LayerID, workspace: LayerID) throws(Failure) -> CommittedStep {
        var committed = CommittedStep(facts: content.facts)
        if content.hasSystem {
            try active.commit(.system, as: system)
            committed.system = (system, content.systemSize)
        }
        if content.hasWorkspace {
            try active.commit(.workspace, as: workspace)
            committed.workspace = (workspace, content.workspaceSize)
        }
        try active.bury()
        return committed
    }

    /// Gives up what the step wrote.
    package consuming func discard() throws(Failure) { try active.bury() }
}

/// The layers a step left behind, and the facts they stand on.
package struct CommittedStep: Sendable {
    /// What the source has to have where the snapshot is used again.
    package let facts: FactSet
    /// What the step changed outside its workspace; `nil` for nothing.
    package fileprivate(set) var system: (layer: LayerID, size: LayerSize)?
    /// What the step changed in its workspace; `nil` for nothing.
    package fileprivate(set) var workspace: (layer: LayerID, size: LayerSize)?
}
