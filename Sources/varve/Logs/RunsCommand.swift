import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve runs`: the runs there were and are, the newest first.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List runs, the newest first.")

    @Option(help: ArgumentHelp("Only those of this workspace.", valueName: "name"))
    var workspace: String?

    @Option(
        help: "Only those with this status: queued, running, passed, failed, cancelled, timed_out or error.")
    var status: RunStatus?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit: Int64 = 20

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        guard (1...Endpoint.pageLimit.most).contains(limit) else {
            throw ValidationError("--limit takes a number from 1 to \(Endpoint.pageLimit.most)")
        }
    }

    func run() async throws {
        let page = try await global.client.runs(
            VarveClient.Filter(workspace: workspace, status: status), VarveClient.Part(limit: limit))
        if global.format == .json { return try page.items.forEach { try JSONOutput.write($0) } }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("RUN", .left), ("STATUS", .left), ("RUN/HITS", .right), ("TIME", .right), ("STARTED", .left),
            ("WORKSPACE", .left),
        ])
        for run in page.items {
            table.add([
                run.id, run.status.rawValue, "\(run.executed)/\(run.cacheHits)",
                run.durationMs.map { HumanText.duration(milliseconds: $0) } ?? "",
                HumanText.age(of: run.createdAt.timestamp, now: now), run.workspace ?? "",
            ])
        }
        try table.print(global.style(for: .output))
    }
}

extension RunStatus: ExpressibleByArgument {}
