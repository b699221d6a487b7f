import API
import ArgumentParser
import Client
import Model

/// `varve plan`: which steps would be hits, which would run, and why.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say which steps would be hits and which would run, and why.",
        discussion: "Takes the workspace in as ‘varve run’ does; runs and pulls nothing.")

    @OptionGroup var pipeline: PipelineArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let source = try pipeline.source()
        let client = global.client
        let plan = try await client.plan(
            try await source.request(for: pipeline, client: client, attached: false))
        switch global.format {
        case .json:
            for step in plan.steps { try JSONOutput.write(step) }
        case .human:
            for warning in plan.warnings {
                try StandardStream.error.writeLine(HumanText.line(warning))
            }
            let style = global.style(for: .output)
            let view = PlanView(style: style, width: StandardStream.output.size.columns)
            try StandardStream.output.write(view.lines(plan).map { $0 + "\n" }.joined())
        }
    }
}
