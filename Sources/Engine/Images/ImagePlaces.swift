package import Model

/// Where the image names are that a request changes.
package struct ImagePlaces: Hashable, Sendable {
    /// Where a new name goes; nil for the shared scope.
    let written: Scope?
    /// Whose name would hide a shared one from the caller; nil for none.
    let hiding: Scope?

    /// - Parameter scope: nil for the shared one.
    package static func named(_ scope: Scope?) -> ImagePlaces { ImagePlaces(written: scope, hiding: nil) }

    /// An admin's, whose own scope is `scope`, and who has named none: he writes for all, and means what he sees himself.
    package static func shared(seenFrom scope: Scope) -> ImagePlaces {
        ImagePlaces(written: nil, hiding: scope)
    }

    /// In the order in which names are looked up.
    var seen: [Scope?] { hiding.map { [$0, written] } ?? [written] }
}
