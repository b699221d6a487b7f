import API
import Engine
import HTTPTypes
import HummingbirdCore
import Model
import ServiceLifecycle

extension RunRoutes {
    /// A run's events from a number on, followed until its end unless the caller wants only what there is.
    @Sendable func events(_ call: Call) async throws -> Response {
        let id = try call.identifier(of: .run)
        let format: EventFormat = call.accepts(MediaType.eventStream) ? .serverSent : .lines
        let step = try call.step
        if let step { _ = try await engine.run(id, in: try call.reach).step(step) }
        let filter = step.map { StepEventFilter($0) }
        let follows = try call.query.flag(.follow, absent: true)
        let reader = try await engine.events(
            of: id, after: try firstEvent(call), following: follows, in: try call.reach)
        let permit = try call.connection.takeStream()
        call.connection.whenClosed { [weak reader] in reader?.stop() }
        return .stream(call, type: format.mediaType, permit: permit) { stream, writer in
            // Who stops reading for a while, as a person does who looks at something, is not gone: the run goes on.
            let stream = stream.patient { reader.isOfLiveRun }
            // Nobody waits for events of a daemon that is about to go. Who wants what there is gets all of
            // it, or sees the connection break: with an end in order a part would be taken for the whole.
            try await withGracefulShutdownHandler {
                while let lines = try await reader.next() {
                    let (picked, hasEnded) = filter?.pick(from: lines) ?? (lines, false)
                    try await stream.write(format.text(picked), to: &writer)
                    if hasEnded { break }
                }
            } onGracefulShutdown: {
                if follows { reader.stop() }
            }
        }
    }

    /// `after`, or what a browser sends when it connects again by an address with an `after`: the later one.
    private func firstEvent(_ call: Call) throws(Failure) -> Int64 {
        let after = try call.query.integer(.after, in: 0...Int64.max)
        guard let name = HTTPField.Name("Last-Event-ID"), let text = call.request.headers[name] else {
            return after ?? 0
        }
        guard let last = Int64(text), last >= 0 else {
            throw Failure(
                .badRequest, "the Last-Event-ID is no number of an event",
                fix: "send the id of the last event that came")
        }
        return max(after ?? 0, last)
    }
}
