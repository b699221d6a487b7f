import API
import ArgumentParser
import Client
import Glibc
import Model
import UnixSignals

/// `varve shell`: a shell in what a step left behind.
struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Open a shell in what a step left behind; nothing is kept.",
        discussion: """
            STEP is [RUN/]KEY, by default of the workspace's last run; 16 hex digits are a snapshot's id. The \
            shell has the step's user, environment, network and limits, and its workspace: of a step on the \
            run's revision, of a snapshot on the one it was made on. What a step that failed left is kept for an \
            hour; after that it is what the step stood on. Values that were passed to the step (--pass) are not \
            set. Without a terminal on standard input the shell reads its commands from there. Exit status: the \
            shell's.
            """)

    @Argument(help: ArgumentHelp("Such as test, 0123456789abcdef/build, or a snapshot.", valueName: "step"))
    var place: String

    @OptionGroup var workspace: WorkspaceArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        let size = RawTerminal.size
        let terminal =
            TypedInput.isTerminal
            ? Wire.ShellRequest.Terminal(rows: size.rows, columns: size.columns, type: terminalType) : nil
        var request = Wire.ShellRequest(terminal: terminal)
        if Identifier.isOne(place) {
            request.snapshot = place
            do {
                return try await work(client, request)
            } catch let failure as Failure where failure.code == .notFound {
                // A step's key may look like that, too.
                guard let step = try? await step(of: client) else { throw failure }
                request.snapshot = nil
                (request.run, request.step) = step
            }
        } else {
            (request.run, request.step) = try await step(of: client)
        }
        try await work(client, request)
    }

    private func work(_ client: VarveClient, _ request: Wire.ShellRequest) async throws {
        let status = try await client.openShell(request) { output, input in
            try await ShellWork(input: input, hasTerminal: request.terminal != nil).follow(&output)
        }
        guard let status else { throw Failure.connectionLost(client.socket) }
        if status != 0 { throw ExitCode(status) }
    }

    private func step(of client: VarveClient) async throws -> (run: String, step: StepKey) {
        guard let reference = StepReference(argument: place) else {
            throw UsageProblem(
                "‘\(place)’ names no step and no snapshot", fix: "write [RUN/]STEP, or a snapshot's id")
        }
        let run = try await workspace.run(reference.run, client)
        return (run.id, try run.step(reference.key).step)
    }

    private var terminalType: String? {
        ProcessEnvironment["TERM"].flatMap { (1...64).contains($0.utf8.count) ? $0 : nil }
    }
}

/// The caller's end of a shell: keys and signals go there, what it writes comes here.
private struct ShellWork: Sendable {
    let input: ShellInput
    let hasTerminal: Bool

    /// - Returns: the shell's exit status; nil when the connection was lost.
    /// - Throws: why the shell has none.
    func follow(_ output: inout ShellOutput) async throws -> Int32? {
        let terminal = hasTerminal ? RawTerminal() : nil
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit, .sigwinch)
        let listening = Task {
            for await signal in signals { await take(signal, terminal) }
        }
        let typing = Task { await type() }
        defer {
            listening.cancel()
            typing.cancel()
            terminal?.restore()
        }
        while let frame = try await output.next() {
            switch frame {
            case .output(let bytes): try StandardStream.output.write(bytes)
            case .errors(let bytes): try StandardStream.error.write(bytes)
            case .note(let line):
                // A raw terminal does not go back to the line's beginning by itself.
                let end = terminal == nil ? "" : "\r"
                try StandardStream.error.writeLine("varve: " + DisplayText.oneLine(line) + end)
            case .exit(let status): return status
            case .failure(let failure): throw failure
            case .input, .endOfInput, .resize: break
            }
        }
        return nil
    }

    private func type() async {
        // It may have become another size since it was asked for.
        if hasTerminal { await input.send(.resize(RawTerminal.size)) }
        while !Task.isCancelled {
            let bytes = await TypedInput.read()
            guard !bytes.isEmpty else { return await input.send(.endOfInput) }
            await input.send(.input(bytes))
        }
    }

    private func take(_ signal: UnixSignal, _ terminal: RawTerminal?) async {
        if signal == .sigwinch {
            if hasTerminal { await input.send(.resize(RawTerminal.size)) }
            return
        }
        // The daemon ends the shell when this end of it is gone.
        terminal?.restore()
        exit(128 + signal.rawValue)
    }
}

extension Failure {
    fileprivate static func connectionLost(_ socket: String) -> Failure {
        Failure(
            .unreachable, "the daemon behind \(socket) went away, and the shell with it",
            fix: "see whether it still runs (systemctl status varved), and open another one")
    }
}
