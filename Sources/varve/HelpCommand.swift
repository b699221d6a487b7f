import ArgumentParser

/// `varve help`: how a command is used. The parser's own would take any words.
struct HelpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "help", abstract: "Show how a command is used.", shouldDisplay: false)

    @Argument(help: "The command's words, such as: image import.") var command: [String] = []

    func run() throws {
        var wanted: any ParsableCommand.Type = Varve.self
        var words = ["varve"]
        for word in command {
            guard let next = wanted.subcommand(named: word) else {
                let parent = words.joined(separator: " ")
                throw UsageProblem(
                    "there is no command ‘\(parent) \(word)’", fix: wanted.advice(on: parent))
            }
            words.append(word)
            wanted = next
        }
        throw CleanExit.helpRequest(wanted)
    }
}

extension ParsableCommand {
    static func subcommand(named word: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0._commandName == word }
    }

    /// What to do where something is wrong about this command.
    ///
    /// - Parameter words: how it is called, such as `varve image`.
    static func advice(on words: String) -> String {
        let names = configuration.subcommands.filter { $0.configuration.shouldDisplay }.map {
            $0._commandName
        }
        let help = "see ‘\(words) --help’"
        return names.isEmpty ? help : "use one of \(names.joined(separator: ", ")), and \(help)"
    }
}
