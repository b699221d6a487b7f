import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve explain`: one step against the nearest cached snapshot, differences first.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a step is a hit or a miss, field by field.",
        discussion: "Takes the workspace in as ‘varve run’ does; runs and pulls nothing.")

    @Argument(help: "The step's key.")
    var step: String

    @OptionGroup var options: PipelineArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let source = try options.source()
        let key = try source.step(step)
        let client = global.client
        let plan = try await source.request(for: options, client: client, attached: false)
        let explanation = try await client.explain(Wire.ExplanationRequest(step: key, of: plan))
        switch global.format {
        case .json: try JSONOutput.write(explanation)
        case .human:
            let view = ExplanationView(
                style: global.style(for: .output), width: StandardStream.output.size.columns,
                now: Timestamp(nanoseconds: SystemClock.realtime))
            try StandardStream.output.write(view.lines(explanation).map { $0 + "\n" }.joined())
        }
    }
}
