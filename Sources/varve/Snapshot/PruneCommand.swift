import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve prune`: removes snapshots nobody needs.
struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove snapshots nobody needs, the least valuable first.",
        discussion: """
            A snapshot is worth the time its command took, by byte, and the less the longer it was not used. \
            What is pinned, leased or used by a run under way stays, with all it stands on. Without a limit \
            everything else goes.
            """)

    @Flag(help: "Say what would go, and remove nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("End when all snapshots take at most so much, such as 20GiB.", valueName: "size"))
    var keepBytes: String?

    @Option(help: ArgumentHelp("Remove only what was unused for so long, such as 7d.", valueName: "duration"))
    var olderThan: String?

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let pruning = try await global.client.prune(
            Wire.PruneRequest(
                dryRun: dryRun, keepBytes: keepBytes.flatMap { ByteSize($0)?.bytes },
                olderThanSeconds: olderThanSeconds))
        if global.format == .json { return try JSONOutput.write(pruning) }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("SNAPSHOT", .left), ("STEP", .left), ("SIZE", .right), ("USED", .left), ("WORKSPACE", .left),
        ])
        for snapshot in pruning.snapshots {
            table.add([
                snapshot.id, snapshot.step.text, ByteSize(bytes: snapshot.bytes).description,
                HumanText.age(of: snapshot.usedAt.timestamp, now: now), snapshot.workspace ?? "",
            ])
        }
        if !pruning.snapshots.isEmpty { try table.print(global.style(for: .output)) }
        let what = "\(HumanText.count(pruning.count, "snapshot")) of \(ByteSize(bytes: pruning.bytes))"
        try StandardStream.output.writeLine(pruning.dryRun ? "\(what) would go" : "\(what) removed")
    }

    /// Rounded up, as less would remove more than was asked for.
    var olderThanSeconds: Int64? {
        olderThan.flatMap { TimeSpan($0) }.map { ($0.milliseconds + 999) / 1000 }
    }

    func validate() throws {
        if let keepBytes, ByteSize(keepBytes) == nil {
            throw ValidationError("‘\(keepBytes)’ is no size; give bytes, or such as 500MiB or 20GiB")
        }
        if let olderThan, TimeSpan(olderThan) == nil {
            throw ValidationError("‘\(olderThan)’ is no duration; give such as 12h, 7d or 1h30m")
        }
    }
}
