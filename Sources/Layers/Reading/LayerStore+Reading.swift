import Linux
package import Model
import SystemPackage

extension LayerStore {
    /// A read-only view of layers, uppermost first; mounts an overlay.
    package func view(of references: [LayerReference]) throws(Failure) -> LayerView {
        try LayerView(of: references, in: self)
    }

    /// What a layer changes relative to the layers it lies on, a page at a time.
    ///
    /// Directories come before their content and names in the order of their bytes.
    /// - Parameters:
    ///   - below: what the layer lies on, uppermost first, owners as the step saw them.
    ///   - after: `next` of the page before.
    package func changes(
        of id: LayerID, over below: [LayerReference], after: EntryPath? = nil, limit: Int
    ) throws(Failure) -> LayerChangePage {
        let layer = try layer(id)
        let view = try LayerView(of: below, in: self)
        return try LayerChanges.page(
            of: layer.directory, over: view.root.directory, after: after, limit: limit)
    }

    /// Visits what a lineage wrote into the workspace, as its steps left it, below what the globs match.
    ///
    /// What comes from the revision is never among it. Directories come before their content, names in the
    /// order of their bytes; a directory is among it when a delta has it, be it only for something in it.
    /// - Parameter deltas: the lineage's workspace deltas, uppermost first.
    package func forEachEntry(
        writtenBy deltas: [LayerReference], matching globs: [PathGlob],
        _ body: @escaping (LineageEntry) throws -> Void
    ) throws(Failure) {
        let view = try LayerView(of: deltas, in: self)
        try LineagePaths.forEach(in: view.root.directory, matching: globs, body)
    }

    /// Two layers are equal, times aside.
    package func equal(_ a: LayerID, _ b: LayerID) throws(Failure) -> Bool {
        if a == b { return true }
        return try LayerComparison.equal(layer(a).directory, layer(b).directory)
    }

    /// Makes one layer that, over `below`, is seen as the chain is; its entries are hard links to the
    /// chain's.
    ///
    /// - Parameters:
    ///   - chain: layers that lie directly on one another, uppermost first, none of them with another's
    ///     owner.
    ///   - below: what the chain lies on; for workspace deltas, the lineage's deltas below and any revision
    ///     in which the facts of all steps of the lineage hold.
    ///   - id: the new layer's number, never used before.
    package func squash(
        _ chain: [LayerID], over below: [LayerReference], as id: LayerID
    ) throws(Failure) -> LayerID {
        var layers: [SharedDirectory] = []
        for id in chain { layers.append(try layer(id)) }
        let view = below.isEmpty ? nil : try LayerView(of: below, in: self)
        let builder = try LayerBuilder(id, in: self)
        try Squash.merge(layers, into: builder.root.directory, over: view?.root)
        return try builder.commit()
    }

    /// Makes layers that, over whatever they are put, are seen as the chain is; their entries are hard links to the
    /// chain's.
    ///
    /// - Parameters:
    ///   - chain: layers that lie directly on one another, uppermost first.
    ///   - merged: the new layer's number, never used before; so is `ground`, of the one below it.
    ///   - replacing: the chain is to go, and what it shares with the new layers stays with these. Until it
    ///     has gone, that counts twice.
    /// - Returns: the merged layer, and below it, where that needs it, one of bare directories. Sizes are without
    ///   what is shared with the chain, unless it is replaced.
    package func squash(
        _ chain: [LayerID], merged: LayerID, ground: LayerID, replacing: Bool = false
    ) throws(Failure) -> [(layer: LayerID, size: LayerSize)] {
        var layers: [SharedDirectory] = []
        for id in chain { layers.append(try layer(id)) }
        let builder = try LayerBuilder(merged, in: self)
        let unsure = try Squash.merge(layers, into: builder.root.directory)
        var made = [try builder.commit()]
        do {
            if !unsure.isEmpty { made.append(try bareDirectories(unsure, as: ground)) }
            var sized: [(layer: LayerID, size: LayerSize)] = []
            for id in made {
                let root = try layer(id)
                let size =
                    try replacing
                    ? LayerMeasurement.size(of: root.directory)
                    : LayerMeasurement.unsharedSize(of: root.directory)
                sized.append((id, size))
            }
            return sized
        } catch {
            for id in made { try remove(id) }
            throw error
        }
    }

    private func bareDirectories(_ paths: [EntryPath], as id: LayerID) throws(Failure) -> LayerID {
        let builder = try LayerBuilder(id, in: self)
        try storing("make the directories below a squashed layer") {
            for path in paths {
                var place = try builder.root.directory.reopened()
                for name in path.components { place = try place.ensureDirectory(Array(name)) }
            }
        }
        return try builder.commit()
    }
}
