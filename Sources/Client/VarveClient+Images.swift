package import API
import JSON
package import Model
package import NIOCore

extension VarveClient {
    /// Brings an image into the store; `progress` is told how far it is.
    package func importImage(
        name: ResourceName, source: String, progress: (Wire.ImportProgress) -> Void
    ) async throws -> Wire.Image {
        let body = try RequestBody.json(Wire.ImageImport(name: name.text, source: source))
        return try await importImage(Request(route: .importImage, body: body), progress)
    }

    /// Brings a root file system given as a tar stream into the store. `chunks` gives nil at the end.
    package func importImage(
        name: ResourceName, tar chunks: @escaping @Sendable () async throws -> ByteBuffer?,
        progress: (Wire.ImportProgress) -> Void
    ) async throws -> Wire.Image {
        var query = Query()
        query.add(.name, name.text)
        let body = RequestBody.stream(type: MediaType.tar, next: chunks)
        return try await importImage(Request(route: .importImage, query: query, body: body), progress)
    }

    package func image(_ name: ResourceName) async throws -> Wire.Image {
        try await read(Wire.Image.self, Request(route: .image(name: name)))
    }

    package func deleteImage(_ name: ResourceName) async throws {
        try await perform(Request(route: .deleteImage(name: name)))
    }

    private func importImage(
        _ request: Request, _ progress: (Wire.ImportProgress) -> Void
    ) async throws -> Wire.Image {
        var request = request
        request.accept = MediaType.ndjson
        request.patience = nil
        return try await exchange(request) { answer in
            var splitter = LineSplitter()
            while let buffer = try await answer.next() {
                for line in splitter.lines(adding: buffer.readableBytesView) {
                    switch try ImportLine(line) {
                    case .progress(let value): progress(value)
                    case .done(let image): return image
                    }
                }
            }
            throw ConnectionLost()
        }
    }
}

/// A line of a streamed import: progress, and at last the image; or the failure, which is thrown.
private enum ImportLine {
    case progress(Wire.ImportProgress)
    case done(Wire.Image)

    init(_ bytes: [UInt8]) throws(Failure) {
        let json = try JSONValue(parsing: bytes)
        if json["code"] != nil {
            throw try JSONCoding.decode(Wire.Problem.self, from: json, unknownMembers: .ignored).failure
        } else if json["digest"] != nil {
            self = .done(try JSONCoding.decode(Wire.Image.self, from: json, unknownMembers: .ignored))
        } else {
            self = .progress(
                try JSONCoding.decode(Wire.ImportProgress.self, from: json, unknownMembers: .ignored))
        }
    }
}
