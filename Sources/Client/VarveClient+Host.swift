package import API

extension VarveClient {
    /// Versions, features and limits.
    package func info() async throws -> Wire.Info {
        try await read(Wire.Info.self, Request(route: .info, patience: .seconds(10)))
    }

    /// Whether the daemon can do its work.
    package func health() async throws -> Wire.Health {
        try await read(Wire.Health.self, Request(route: .health, patience: .seconds(10)))
    }

    /// Prometheus text.
    package func metrics() async throws -> String {
        try await exchange(Request(route: .metrics, accept: MediaType.metrics)) { answer in
            String(decoding: try await answer.bytes(), as: UTF8.self)
        }
    }

    /// What the store takes on disk.
    package func usage() async throws -> Wire.Usage {
        try await read(Wire.Usage.self, Request(route: .usage, patience: nil))
    }
}
