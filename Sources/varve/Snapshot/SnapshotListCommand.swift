import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve snapshot list`: snapshots, the newest first.
struct SnapshotListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List snapshots, the newest first.")

    @Option(help: ArgumentHelp("Only those of this workspace.", valueName: "name"))
    var workspace: String?

    @Option(help: ArgumentHelp("Only those of this step.", valueName: "key"))
    var step: String?

    @Option(help: ArgumentHelp("Only those with this identity.", valueName: "digest"))
    var identity: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only those whose image has this label.", valueName: "name=value"))
    var labels: [String] = []

    @Option(help: ArgumentHelp("At most so many (default: all).", valueName: "n"))
    var limit: Int?

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        let filter = VarveClient.Filter(
            workspace: workspace, step: try stepKey, identity: try identityDigest, labels: labelValues)
        let snapshots = try await collect(client, filter)
        if global.format == .json { return try snapshots.forEach { try JSONOutput.write($0) } }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("SNAPSHOT", .left), ("STEP", .left), ("SIZE", .right), ("MADE", .left), ("KEPT AS", .left),
            ("RUN", .left), ("WORKSPACE", .left),
        ])
        for snapshot in snapshots {
            table.add([
                snapshot.id, snapshot.step.text, ByteSize(bytes: snapshot.bytes).description,
                HumanText.age(of: snapshot.createdAt.timestamp, now: now), snapshot.retention, snapshot.run,
                snapshot.workspace ?? "",
            ])
        }
        try table.print(global.style(for: .output))
    }

    private func collect(
        _ client: VarveClient, _ filter: VarveClient.Filter
    ) async throws -> [Wire.Snapshot] {
        var snapshots: [Wire.Snapshot] = []
        let wanted = limit ?? .max
        var part = VarveClient.Part(limit: min(Int64(clamping: wanted), Endpoint.pageLimit.most))
        while true {
            let page = try await client.snapshots(filter, part)
            snapshots += page.items.prefix(wanted - snapshots.count)
            guard let cursor = page.nextCursor, snapshots.count < wanted else { return snapshots }
            part.cursor = cursor
        }
    }

    private var labelValues: [String: String] {
        Dictionary(labels.compactMap(Self.label), uniquingKeysWith: { _, last in last })
    }

    private static func label(_ text: String) -> (name: String, value: String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    private var stepKey: StepKey? {
        get throws {
            guard let step else { return nil }
            guard let key = StepKey(step) else {
                throw UsageProblem("‘\(step)’ is no step's key", fix: "give 1 to 200 characters without ‘/’")
            }
            return key
        }
    }

    private var identityDigest: Digest? {
        get throws {
            guard let identity else { return nil }
            guard let digest = Digest(hex: identity) else {
                throw UsageProblem(
                    "‘\(identity)’ is no identity",
                    fix: "give 64 hex digits, as ‘varve plan --format json’ shows them")
            }
            return digest
        }
    }

    func validate() throws {
        if let label = labels.first(where: { Self.label($0) == nil }) {
            throw ValidationError("‘\(label)’ is no label; give name=value")
        }
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 upwards") }
    }
}
