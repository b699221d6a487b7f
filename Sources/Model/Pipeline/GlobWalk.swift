/// Where a walk from the root down stands in each of several globs: a name is compared once, however deep it lies, and a glob
/// that can't match any more costs nothing.
package struct GlobWalk: Sendable {
    private let globs: [PathGlob]
    private var open: [(glob: Int, places: PathGlob.Places)]

    /// At the root.
    package init(_ globs: [PathGlob]) {
        self.globs = globs
        open = globs.indices.map { ($0, globs[$0].start) }
    }

    /// One level down, at the entry of this name.
    package func entering(_ name: ArraySlice<UInt8>) -> GlobWalk {
        var walk = self
        walk.open = open.compactMap { glob, places in
            let next = globs[glob].advance(places, over: name)
            return next == 0 ? nil : (glob, next)
        }
        return walk
    }

    /// The globs that match the entry itself.
    package var matching: [PathGlob] {
        open.compactMap { globs[$0.glob].isComplete($0.places) ? globs[$0.glob] : nil }
    }

    package var isMatch: Bool { open.contains { globs[$0.glob].isComplete($0.places) } }

    /// Whether something below could match: used to leave out whole directories.
    package var mayGoOn: Bool { open.contains { globs[$0.glob].mayGoOn($0.places) } }
}
