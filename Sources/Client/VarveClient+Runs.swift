package import API
import Model

extension VarveClient {
    /// What a run would do now; nothing is run or pulled.
    package func plan(_ request: Wire.RunRequest) async throws -> Wire.Plan {
        try await read(Wire.Plan.self, Request(route: .plan, body: .json(request)))
    }

    /// One step against its nearest cached snapshot.
    package func explain(_ request: Wire.ExplanationRequest) async throws -> Wire.Explanation {
        try await read(Wire.Explanation.self, Request(route: .explain, body: .json(request)))
    }

    /// Starts a run and returns at once.
    package func createRun(_ request: Wire.RunRequest) async throws -> Wire.Run {
        try await create(Wire.Run.self, Request(route: .createRun, body: .json(request)))
    }

    package func run(_ id: String) async throws -> Wire.Run {
        try await read(Wire.Run.self, Request(route: .run(id: id)))
    }

    /// Asks for the end of a run and returns at once; cancelling a run that has ended does nothing.
    package func cancelRun(_ id: String) async throws {
        try await perform(Request(route: .cancelRun(id: id)))
    }

    /// As `cancelRun`, across a restart of the daemon: asks anew for up to 30 s.
    package func cancelRunPatiently(_ id: String) async throws {
        var patience = ReconnectPatience()
        while true {
            do {
                return try await cancelRun(id)
            } catch let failure as Failure where [.unreachable, .shuttingDown].contains(failure.code) {
                guard let pause = patience.next() else { throw failure }
                try await Task.sleep(for: pause)
            }
        }
    }
}
