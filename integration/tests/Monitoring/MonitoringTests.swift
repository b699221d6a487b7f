import Foundation
import Testing

/// What an operator's rules and panels ask for is there.
@Suite struct `The numbers a daemon gives out` {
    private func document(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/" + name), encoding: .utf8)
    }

    private func names(in text: String) -> Set<String> {
        Set(text.matches(of: /varve_[a-z0-9_]+/).map { String($0.output) })
    }

    /// Families as Prometheus names them: a summary is two.
    private func exported(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                String($0.prefix { $0 != "{" && $0 != " " })
            })
    }

    @Test func `have every name of the dashboard, the alerts and the manual, and no other`() async throws {
        try await Playground.open { play in
            let run = try await play.run(
                "version: 1\nimage: busybox\nsteps: [{key: a, run: 'true', cache: forever, network: none}]")
            #expect(run.exitCode == 0)
            #expect(try await play.varve(["prune"]).status == 0)
            let exported = exported(try await play.request("GET", "/metrics").stdout)
            for file in ["monitoring/varve-dashboard.json", "monitoring/varve-alerts.yaml"] {
                let asked = names(in: try document(file))
                #expect(!asked.isEmpty)
                #expect(asked.subtracting(exported).sorted() == [], "\(file)")
            }
            let manual = names(in: try document("operations.md"))
            let families = Set(exported.map { $0.replacing(/_(sum|count)$/, with: "") })
            #expect(families.subtracting(manual).sorted() == [], "not in docs/operations.md")
            #expect(manual.subtracting(families).sorted() == [], "only in docs/operations.md")
        }
    }

    @Test func `count steps, hits, misses by reason, errors by code, bytes and collections`() async throws {
        try await Playground.open { play in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: a, run: 'dd if=/dev/zero of=/f bs=1M count=1', cache: forever, network: none}
                  - {key: b, from: a, run: 'false', network: none}
                """
            for _ in 1...2 { _ = try await play.run(pipeline) }
            _ = try await play.run(
                "version: 1\nimage: busybox\nsteps: [{key: c, run: 'true', user: stranger, network: none}]")
            #expect(try await play.varve(["prune"]).status == 0)
            let text = try await play.request("GET", "/metrics").stdout
            for line in [
                "varve_steps_total{status=\"passed\"} 1", "varve_steps_total{status=\"cache_hit\"} 1",
                "varve_steps_total{status=\"failed\"} 2", "varve_steps_total{status=\"timed_out\"} 0",
                "varve_step_hits_total 1", "varve_step_misses_total{reason=\"first-run\"} 1",
                "varve_step_misses_total{reason=\"policy-none\"} 3",
                "varve_step_misses_total{reason=\"expired\"} 0",
                "varve_step_errors_total{code=\"user-unknown\"} 1",
                "varve_step_errors_total{code=\"disk-limit\"} 0", "varve_runs_total{status=\"failed\"} 2",
                "varve_collections_total{cause=\"request\"} 1",
                // What the two that failed left as well.
                "varve_collected_snapshots_total 3", "varve_collected_versions_total 0",
                "varve_steps_pending 0", "varve_steps_executing 0", "varve_runs 0",
                "varve_leases 0", "varve_snapshots 0", "varve_disk_level 0",
                "varve_disk_mark_ratio{mark=\"low\"} 1",
            ] {
                #expect(text.contains("\n" + line + "\n"), "\(line)")
            }
            let bytes = text.split(separator: "\n").first { $0.hasPrefix("varve_committed_bytes_total ") }
            #expect(bytes.flatMap { Int($0.split(separator: " ")[1]) }.map { $0 >= 1_048_576 } == true)
        }
    }
}
