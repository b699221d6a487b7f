import API
import ArgumentParser
import Glibc
import Model

/// How the program ends: what it says, and its exit status.
struct ProgramEnd {
    let status: Int32
    let output: String?
    let complaint: String?

    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self.init(failure, status: failure.code.exitStatus)
        case let problem as UsageProblem: self.init(usage: problem)
        case let code as ExitCode: self.init(status: code.rawValue, output: nil, complaint: nil)
        case is CancellationError: self.init(status: 130, output: nil, complaint: nil)
        case let closed as OutputClosed:
            // What a pipe's reader going away means to a program that does not handle it.
            self.init(
                status: closed.isFull ? 5 : 128 + SIGPIPE, output: nil,
                complaint: closed.isFull
                    ? "error[output-failed]: standard output is full\n  fix: make space" : nil)
        default:
            switch Varve.exitCode(for: error) {
            case .success: self.init(status: 0, output: Varve.fullMessage(for: error), complaint: nil)
            case .validationFailure: self.init(parsing: error)
            default: self.init(unforeseen: error)
            }
        }
    }

    private init(status: Int32, output: String?, complaint: String?) {
        self.status = status
        self.output = output
        // Paths, names and documents are quoted in it, and not all of them are the user's own.
        self.complaint = complaint.map(DisplayText.lines)
    }

    private init(_ failure: Failure, status: Int32) {
        self.init(status: status, output: nil, complaint: "\(failure)")
    }

    private init(usage problem: UsageProblem) {
        self.init(
            status: 2, output: nil, complaint: "error[usage]: \(problem.detail)\n  fix: \(problem.fix)")
    }

    /// Of a kind that nobody has put into words; the user did nothing wrong.
    private init(unforeseen error: any Error) {
        let failure = Failure(.internalError, "\(error)", fix: "report this, and the command that you gave")
        self.init(failure, status: failure.code.exitStatus)
    }

    /// What the parser of arguments has against them.
    private init(parsing error: any Error) {
        let words = Varve.message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        self.init(
            usage: UsageProblem(
                words.hasSuffix(".") ? String(words.dropLast()) : words,
                fix: ProgramEnd.advice()))
    }

    /// About the command that the arguments name.
    private static func advice() -> String {
        var words = ["varve"]
        var command: any ParsableCommand.Type = Varve.self
        for argument in CommandLine.arguments.dropFirst() {
            guard let next = command.subcommand(named: argument) else { continue }
            words.append(argument)
            command = next
        }
        return command.advice(on: words.joined(separator: " "))
    }

    /// Says it and exits.
    func leave() -> Never {
        if let output { try? StandardStream.output.writeLine(output) }
        if let complaint { try? StandardStream.error.writeLine(complaint) }
        exit(status)
    }
}

/// The command was given wrongly: exit status 2.
struct UsageProblem: Error {
    let detail: String
    let fix: String

    init(_ detail: String, fix: String) {
        self.detail = detail
        self.fix = fix
    }
}
