import Catalog
package import Model

/// Something that is now, for whoever watches.
package struct Gauge: Sendable, Hashable {
    package let name: String
    /// In the order of their names.
    package let labels: [Label]
    package let value: Double

    package struct Label: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    init(_ name: String, _ labels: [(String, String)], _ value: Double) {
        self.name = name
        self.labels = labels.map { Label(name: $0.0, value: $0.1) }
        self.value = value
    }

    init(_ name: String, _ value: Double) { self.init(name, [], value) }
}

extension Engine {
    /// What is under way and how full the disk is, those of one name together.
    package func gauges() async throws(Failure) -> [Gauge] {
        let state = try await disk.recent()
        let bytes = try await catalog.layerBytes()
        let activity = counts.now
        var gauges = [
            Gauge("varve_runs", Double(liveRuns.all.count)),
            Gauge("varve_runs_limit", Double(configuration.maximumRuns)),
            Gauge("varve_steps_pending", Double(activity.pending)),
            Gauge("varve_steps_executing", Double(activity.executing)),
            Gauge("varve_steps_waiting_for_disk", Double(activity.waitingForDisk)),
            Gauge("varve_leases", Double(try await catalog.leaseCount())),
            Gauge("varve_snapshots", Double(try await catalog.snapshotCount())),
        ]
        gauges += LayerKind.allCases.map {
            Gauge("varve_layer_bytes", [("kind", $0.rawValue)], Double(bytes[$0] ?? 0))
        }
        gauges += state.shares.map {
            Gauge("varve_disk_total", [("resource", $0.resource.rawValue)], Double($0.total))
        }
        gauges += state.shares.map {
            Gauge("varve_disk_free", [("resource", $0.resource.rawValue)], Double($0.free))
        }
        gauges += state.shares.map {
            Gauge("varve_disk_used_ratio", [("resource", $0.resource.rawValue)], $0.ratio)
        }
        gauges += state.shares.map {
            Gauge("varve_disk_reserve", [("resource", $0.resource.rawValue)], Double($0.reserve))
        }
        gauges += [("high", disk.marks.high), ("low", disk.marks.low), ("warning", disk.marks.warning)].map {
            Gauge("varve_disk_mark_ratio", [("mark", $0.0)], Double($0.1) / 100)
        }
        gauges.append(Gauge("varve_disk_level", Double(state.level.rawValue)))
        return gauges
    }
}
