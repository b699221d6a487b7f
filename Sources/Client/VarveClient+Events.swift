package import API
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

        package init(run: String, step: StepKey? = nil, follows: Bool) {
            self.run = run
            self.step = step
            self.follows = follows
        }
    }

    /// Hands the events to `receive` in order, in batches of what has arrived, none lost and none twice: a
    /// connection that breaks is made anew for up to 30 s.
    package func events(
        _ request: EventRequest, receive: ([EventLine]) async throws -> Void
    ) async throws {
        var request = request
        var patience = ReconnectPatience()
        while true {
            let start = request.after
            do {
                let isComplete = try await readEvents(&request, receive)
                if isComplete || !request.follows { return }
            } catch is ConnectionLost {
            } catch let failure as Failure
                where [.unreachable, .shuttingDown].contains(failure.code) && start > 0
            {}
            if request.after > start { patience = ReconnectPatience() }
            guard let pause = patience.next() else {
                throw Failure(
                    .unreachable, "the daemon behind \(socket) is gone while run \(request.run) is followed",
                    fix: "start varved again; ‘varve logs \(request.run) -f’ goes on where this ended")
            }
            try await Task.sleep(for: pause)
        }
    }

    /// Reads until the answer ends.
    ///
    /// - Returns: whether nothing more can come.
    private func readEvents(
        _ request: inout EventRequest, _ receive: ([EventLine]) async throws -> Void
    ) async throws -> Bool {
        var query = Query()
        if request.after > 0 { query.add(.after, "\(request.after)") }
        query.add(.step, request.step?.text)
        if !request.follows { query.add(.follow, "false") }
        let wire = Request(route: .runEvents(id: request.run), query: query, accept: MediaType.ndjson)
        let asked = request
        let (position, isComplete) = try await exchangeResumably(wire) { answer in
            var splitter = LineSplitter()
            var position = asked.after
            var isComplete = false
            do {
                while let buffer = try await answer.next() {
                    let lines = try splitter.lines(adding: buffer.readableBytesView).map {
                        bytes throws(Failure) in try EventLine(bytes)
                    }
                    guard let last = lines.last else { continue }
                    try await receive(lines)
                    position = last.sequence
                    if lines.contains(where: { $0.isLast || (asked.step != nil && $0.kind == "step_end") }) {
                        isComplete = true
                    }
                }
            } catch is ConnectionLost {}
            return (position, isComplete)
        }
        request.after = position
        return isComplete
    }
}
