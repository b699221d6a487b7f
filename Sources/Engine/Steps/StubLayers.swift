import Catalog
import Layers
import Linux
import Model

extension Engine {
    /// The layer right above an image that has the mount points steps need and the image lacks; made on first
    /// use.
    ///
    /// - Returns: nil for an image that lacks none.
    func stub(for image: Image, _ points: [MountPoint]) async throws(Failure) -> LayerID? {
        let name = StubName.text(of: points)
        if let stub = try await catalog.stub(image: image.digest, mountPoints: name) { return stub.layer }
        return try await stubs.run(StubName(image: image.digest, mountPoints: name)) {
            [self] () async throws(Failure) in
            if let stub = try await catalog.stub(image: image.digest, mountPoints: name) { return stub.layer }
            return try await recording { (batch) async throws(Failure) in
                let made = try await makeStub(try await batch.next(), for: image, points)
                let stub = try await catalog.addStub(image: image.digest, mountPoints: name, layer: made)
                // A maker whose callers had all left may have come first.
                if let made, stub.layer != made.id { await takeBack([made.id]) }
                durability.add(stub.layer.map { [$0] } ?? [])
                return stub.layer
            }
        }
    }

    private func makeStub(
        _ number: LayerID, for image: Image, _ points: [MountPoint]
    ) async throws(Failure) -> NewLayer? {
        let below = image.layers.map(\.layer).reversed().map { LayerReference($0) }
        do {
            return try await onBlockingThread { [layers] in
                guard let layer = try StubLayer.make(number, for: points, over: below, in: layers).layer
                else {
                    return nil
                }
                let size = try layers.size(of: layer)
                return NewLayer(id: layer, kind: .stub, bytes: size.bytes, entries: Int64(size.entries))
            }
        } catch {
            throw Failure.wrapping(error, to: "prepare image \(image.digest) for steps")
        }
    }
}

/// What a stub layer is known by.
struct StubName: Hashable, Sendable {
    let image: Digest
    let mountPoints: String

    /// The paths with a space between them, in their order; one within a path is escaped.
    static func text(of points: [MountPoint]) -> String {
        points.map { point in
            String(decoding: point.path.bytes, as: UTF8.self)
                .replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
        }.joined(separator: " ")
    }
}
