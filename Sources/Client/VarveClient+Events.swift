import API
package import Model
import NIOCore

extension VarveClient {
    /// Which of a run's events.
    package struct EventRequest: Sendable {
        package var run: String
        /// Only those with a higher number.
        package var after: Int64 = 0
        /// Only those of this step.
        package var step: StepKey?
        /// Whether to wait for events yet to come, until the run or the step has ended.
        package var follows: Bool
        /// Whether the daemon has told of the run already: then it is waited for from the first attempt on.
        package var isKnown: Bool

        package init(run: String, step: StepKey? = nil, follows: Bool, isKnown: Bool = false) {
            self.run = run
            self.step = step
            self.follows = follows
            self.isKnown = isKnown
        }
    }

    /// How far one answer has come.
    private enum AnswerEnd: Sendable {
        /// Nothing can follow what has been read.
        case complete
        /// At its last chunk: it has what there was.
        case lastChunk
        /// In the midst of it, with the connection.
        case broken
    }

    /// An error of who takes the events, which says nothing of the connection they come over.
    private struct ReceiverFailure: Error {
        let cause: any Error
    }

    /// Hands the events to `receive` in order, in batches of what has arrived, none lost and none twice: a
    /// connection that breaks is made anew for up to 30 s.
    ///
    /// - Throws: what `receive` throws, as it is.
    package func events(
        _ request: EventRequest, receive: ([EventLine]) async throws -> Void
    ) async throws {
        var request = request
        var patience = ReconnectPatience()
        while true {
            let start = request.after
            do {
                switch try await readEvents(&request, receive) {
                case .complete: return
                case .lastChunk: if !request.follows { return }
                case .broken: break
                }
                request.isKnown = true
            } catch let failure as ReceiverFailure {
                throw failure.cause
            } catch is ConnectionLost {
            } catch let failure as Failure
                where [.unreachable, .shuttingDown].contains(failure.code) && request.isKnown
            {}
            if request.after > start { patience = ReconnectPatience() }
            guard let pause = patience.next() else { throw gone(before: request) }
            try await Task.sleep(for: pause)
        }
    }

    private func gone(before request: EventRequest) -> Failure {
        let command = "varve logs \(request.run)" + (request.follows ? " -f" : "")
        return Failure(
            .unreachable,
            "the daemon behind \(socket) went away before all events of run \(request.run) had come",
            fix: "start varved again; ‘\(command)’ shows all of them")
    }

    /// Reads until the answer ends, or its connection breaks.
    private func readEvents(
        _ request: inout EventRequest, _ receive: ([EventLine]) async throws -> Void
    ) async throws -> AnswerEnd {
        var query = Query()
        if request.after > 0 { query.add(.after, "\(request.after)") }
        query.add(.step, request.step?.text)
        if !request.follows { query.add(.follow, "false") }
        let wire = Request(route: .runEvents(id: request.run), query: query, accept: MediaType.ndjson)
        let asked = request
        let (position, end) = try await exchangeResumably(wire) { answer in
            var splitter = LineSplitter()
            var position = asked.after
            var isComplete = false
            do {
                while let buffer = try await answer.next() {
                    let lines = try splitter.lines(adding: buffer.readableBytesView).map {
                        bytes throws(Failure) in try EventLine(bytes)
                    }
                    guard let last = lines.last else { continue }
                    do {
                        try await receive(lines)
                    } catch {
                        throw ReceiverFailure(cause: error)
                    }
                    position = last.sequence
                    if lines.contains(where: { $0.isLast || (asked.step != nil && $0.kind == .stepEnd) }) {
                        isComplete = true
                    }
                }
            } catch is ConnectionLost {
                return (position, isComplete ? AnswerEnd.complete : .broken)
            }
            return (position, isComplete ? AnswerEnd.complete : .lastChunk)
        }
        request.after = position
        return end
    }
}
