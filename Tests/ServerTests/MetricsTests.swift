import Metrics
import Server
import Testing

@Suite struct `Metrics as Prometheus reads them` {
    @Test func `count on whatever handle they come`() {
        let registry = PrometheusRegistry()
        for _ in 0..<3 {
            let counter = registry.makeCounter(
                label: "steps_total", dimensions: [("status", "passed"), ("a", "b")])
            counter.increment(by: 2)
            registry.destroyCounter(counter)
        }
        registry.makeTimer(label: "wait_seconds", dimensions: []).recordNanoseconds(1_500_000_000)
        registry.makeTimer(label: "wait_seconds", dimensions: []).recordNanoseconds(500_000_000)
        registry.makeRecorder(label: "level", dimensions: [], aggregate: false).record(Int64(7))
        registry.makeRecorder(label: "level", dimensions: [], aggregate: false).record(3.5)
        #expect(
            registry.text == """
                # TYPE level gauge
                level 3.5
                # TYPE steps_total counter
                steps_total{a="b",status="passed"} 6
                # TYPE wait_seconds summary
                wait_seconds_sum 2
                wait_seconds_count 2

                """)
    }

    @Test func `survive odd names and values`() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "a-b.c", dimensions: [("x y", "\"\\\n")]).increment(by: 1)
        #expect(registry.text == "# TYPE a_b_c counter\na_b_c{x_y=\"\\\"\\\\\\n\"} 1\n")
    }

    @Test func `are served`() async throws {
        try await ServerFixture.serve { fixture in
            let reply = try await fixture.request("GET", "/metrics")
            #expect(
                reply.status == 200
                    && reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(reply.text.contains("varve_http_connections 1\n"))
        }
    }
}
