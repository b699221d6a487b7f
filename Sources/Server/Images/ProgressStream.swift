import API
import Engine
import HummingbirdCore
import Images
import Model

/// An import as a stream of lines: how far it is, and last the answer, or the problem it ended with.
enum ProgressStream {
    typealias Report = @Sendable (ImageProgress) -> Void

    static func response(
        _ call: Call, _ work: @escaping @Sendable (@escaping Report) async throws -> Answer
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
            case .success(let image): try await stream.write(line(image.bytes), to: &writer)
            case .failure(let failure): try await stream.write(try line(Wire.Problem(failure)), to: &writer)
            }
        }
    }

    private static func finish(
        _ work: (@escaping Report) async throws -> Answer,
        _ reports: AsyncStream<ImageProgress>.Continuation
    ) async -> Result<Answer, Failure> {
        defer { reports.finish() }
        do {
            return .success(try await work { reports.yield($0) })
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(.internalError, "\(error)", fix: "report this with the daemon's log"))
        }
    }

    private static func line(_ value: some Encodable) throws(Failure) -> [UInt8] {
        line(try JSONCoding.encode(value))
    }

    private static func line(_ json: [UInt8]) -> [UInt8] { json + [UInt8(ascii: "\n")] }
}
