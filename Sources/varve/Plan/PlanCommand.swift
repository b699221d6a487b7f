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
        let view = PlanView(style: global.style(for: .output), width: StandardStream.output.size.columns)
        let output = try PlanOutput(plan, as: global.format, view)
        for warning in output.warnings { try StandardStream.error.writeLine(warning) }
        try StandardStream.output.write(output.data)
    }
}
