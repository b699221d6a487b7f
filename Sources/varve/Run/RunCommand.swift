import API
import ArgumentParser
import Client
import Model

/// `varve run`: registers a revision, runs the pipeline, follows it to its end.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pipeline on the current state of a directory.",
        discussion: """
            Exit status: 0 all steps passed or were hits; 1 a step failed; 2 wrong usage; 4 no daemon \
            answers; 5 the daemon refused or failed, or a step ended in an error that is not its own; 7 the \
            pipeline is invalid; 124 a step or the run timed out; 130 cancelled.
            """)

    @OptionGroup var pipeline: PipelineArguments

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let interrupts = await Interrupts.takeOver()
        // The document may come from somebody who types, or never come.
        interrupts.leave()
        let source = try pipeline.source()
        let client = global.client
        let preparation = Task {
            try await source.request(for: pipeline, client: client, attached: !pipeline.detach)
        }
        interrupts.handle { preparation.cancel() }
        let request = try await preparation.value
        // A run that is being created cannot be left alone: wait for its name, then cancel it.
        interrupts.remember()
        let run = try await client.createRun(request)
        if pipeline.detach {
            return try StandardStream.output.writeLine(try line(of: run))
        }
        let session = RunSession(
            client: client, run: run.id, output: output(keys: source.pipeline.steps.map(\.key)))
        let status = try await session.follow(interrupts)
        if status != 0 { throw ExitCode(status) }
    }

    private func line(of run: Wire.Run) throws -> String {
        switch global.format {
        case .human: run.id
        case .json: String(decoding: try JSONCoding.encode(run), as: UTF8.self)
        }
    }

    /// Redrawn in place where both streams are a terminal, else plain lines, or events.
    private func output(keys: [StepKey]) -> any RunOutput {
        if global.format == .json { return JSONRunOutput() }
        let isDumb = ProcessEnvironment["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
        guard StandardStream.error.isTerminal, StandardStream.output.isTerminal, !isDumb else {
            return PlainRunOutput(style: global.terminalStyle(of: .output))
        }
        return LiveRunOutput(style: global.style(for: .error), keys: keys, showsLogs: pipeline.logs)
    }
}
