import API
import ArgumentParser
import Foundation
import Model

/// The daemon: one store, and the sockets it is served on.
@main struct Varved: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varved", abstract: "Keeps and runs cached, layered CI steps.",
        discussion: """
            Settings come from the command line, else from the configuration file, else are the usual ones.
            Ends with 2 for a wrong command line or configuration, and with 1 for everything else.
            """, version: "varved \(Version.current)")

    @Option(help: "Configuration file in TOML; /etc/varve/varved.toml may be missing.") var config: String?
    @Flag(help: "Print the settings in effect as a configuration file, and end.") var printConfig = false
    @OptionGroup(title: "Settings") var settings: SettingFlags

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            complain("\(failure)")
            exit(withError: ExitCode(status(of: failure)))
        } catch {
            end(with: error)
        }
    }

    func run() async throws {
        let file = try ConfigurationFile(path: config ?? Configuration.usualFile)
        if let config, !file.isPresent {
            Varved.complain("warning: there is no configuration \(config): the usual settings are in effect")
        }
        let (flags, listeners) = (try settings.values(), try settings.listeners())
        let configuration = Configuration(flags: flags, listeners: listeners, file: file)
        guard !printConfig else {
            print(configuration.toml, terminator: "")
            return
        }
        let path = config ?? Configuration.usualFile
        try await Daemon(configuration) {
            Configuration(flags: flags, listeners: listeners, file: try ConfigurationFile(path: path))
        }.run()
    }

    /// With what the program ends: 2 where the operator has written something wrong.
    static func status(of failure: Failure) -> Int32 { failure.code == .configurationInvalid ? 2 : 1 }

    /// What the parser of the command line has to say: help and version are no errors.
    private static func end(with error: any Error) -> Never {
        switch exitCode(for: error) {
        case .success:
            print(fullMessage(for: error))
            exit()
        case .validationFailure:
            complain(usageProblem(error))
            exit(withError: ExitCode(2))
        default:
            let failure = Failure(
                .internalError, "\(error)", fix: "report this, and the command and configuration given")
            complain("\(failure)")
            exit(withError: ExitCode(status(of: failure)))
        }
    }

    /// A wrong command line in the words and the form that `varve` has for its own.
    static func usageProblem(_ error: any Error) -> String {
        let words = message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "error[usage]: \(words)\n  fix: see ‘varved --help’"
    }

    private static func complain(_ text: String) {
        // If nobody reads it there is nobody to tell.
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }
}
