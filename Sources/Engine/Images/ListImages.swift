import Catalog
package import Model

/// A name with the image it stands for.
package struct ImageDetails: Sendable, Hashable {
    package var name: ImageName
    package var image: Image
}

extension Engine {
    /// Names in their order; those seen from a scope are its own and the shared ones.
    package func images(in reach: Reach) async throws(Failure) -> [ImageDetails] {
        var details: [ImageDetails] = []
        for name in try await catalog.imageNames(in: reach) {
            if let image = try await catalog.image(name.digest) {
                details.append(ImageDetails(name: name, image: image))
            }
        }
        return details
    }

    /// - Throws: `not-found`.
    package func image(_ name: ResourceName, in scope: Scope) async throws(Failure) -> ImageDetails {
        let seen = try await catalog.imageNames(in: .scope(scope)).filter { $0.name == name }
        guard let entry = seen.first(where: { $0.scope == scope }) ?? seen.first,
            let image = try await catalog.image(entry.digest)
        else { throw absent(name) }
        return ImageDetails(name: entry, image: image)
    }

    /// Takes the name away; the image itself goes when no other name and no snapshot needs it.
    ///
    /// - Parameter isAdmin: whether who asks may remove shared names, if he names that place.
    /// - Throws: `not-found`; `forbidden` for a shared name where only a scope's own were meant, by who may not remove it.
    package func removeImage(
        _ name: ResourceName, in places: ImagePlaces, isAdmin: Bool
    ) async throws(Failure) {
        var isRemoved = false
        for scope in places.seen where !isRemoved {
            isRemoved = try await catalog.removeImageName(name, scope: scope)
        }
        guard isRemoved else {
            // The scope's own name was looked for: what it sees now is a shared one.
            guard let scope = places.written, try await catalog.image(named: name, in: scope) != nil
            else { throw absent(name) }
            let detail = "image \(name) is shared, and \(scope) has none of its own by that name"
            throw isAdmin
                ? Failure(.notFound, detail, fix: "remove the shared one with scope=shared")
                : Failure(.forbidden, detail, fix: "ask an admin to remove it, who names scope=shared")
        }
        upkeep.request()
    }

    private func absent(_ name: ResourceName) -> Failure {
        Failure(.notFound, "there is no image \(name)", fix: "list them with: varve image list")
    }
}
