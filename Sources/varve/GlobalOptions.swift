import API
import ArgumentParser
import Client

/// What every command takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket (default: $VARVE_SOCKET, else \(SocketLocation.standard)).",
            valueName: "path"))
    var socket: String?

    @Option(help: "How output is written: human, or json with one object per line.")
    var format: OutputFormat = .human

    @Flag(help: "Write without colours; so does a set NO_COLOR.")
    var noColor = false

    /// The daemon these options name.
    var client: VarveClient {
        VarveClient(
            socket: SocketLocation.choose(option: socket, environment: ProcessEnvironment.all))
    }

    /// How to write to `stream` what others made up; nil where no terminal has to be shielded from it.
    func terminalStyle(of stream: StandardStream) -> Style? { stream.isTerminal ? style(for: stream) : nil }

    /// How to write to `stream`.
    func style(for stream: StandardStream) -> Style {
        let isPlain = noColor || !(ProcessEnvironment["NO_COLOR"] ?? "").isEmpty
        return Style(
            hasColor: !isPlain && stream.isTerminal && ProcessEnvironment["TERM"] != "dumb",
            hasUnicode: ProcessEnvironment.isUnicode)
    }
}

/// How output is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case human, json
}
