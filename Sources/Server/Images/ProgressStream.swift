import API
import Engine
import HummingbirdCore
import Images
import Model

/// An import as a stream of lines: how far it is, and last the image, or the problem it ended with.
enum ProgressStream {
    typealias Report = @Sendable (ImageProgress) -> Void

    static func response(
        _ call: Call, _ work: @escaping @Sendable (@escaping Report) async throws(Failure) -> ImageDetails
    ) throws(Failure) -> Response {
        .stream(call, type: MediaType.ndjson, permit: try call.connection.takeStream()) { stream, writer in
            // Only the newest counts: a slow reader misses steps on the way, and holds nothing up.
            let (progress, reports) = AsyncStream.makeStream(
                of: ImageProgress.self, bufferingPolicy: .bufferingNewest(1))
            async let outcome = finish(work, reports)
            for await report in progress {
                try await stream.write(try line(Wire.ImportProgress(report)), to: &writer)
            }
            switch await outcome {
            case .success(let image): try await stream.write(try line(Wire.Image(image)), to: &writer)
            case .failure(let failure): try await stream.write(try line(Wire.Problem(failure)), to: &writer)
            }
        }
    }

    private static func finish(
        _ work: (@escaping Report) async throws(Failure) -> ImageDetails,
        _ reports: AsyncStream<ImageProgress>.Continuation
    ) async -> Result<ImageDetails, Failure> {
        defer { reports.finish() }
        do throws(Failure) {
            return .success(try await work { reports.yield($0) })
        } catch {
            return .failure(error)
        }
    }

    private static func line(_ value: some Encodable) throws(Failure) -> [UInt8] {
        try JSONCoding.encode(value) + [UInt8(ascii: "\n")]
    }
}
