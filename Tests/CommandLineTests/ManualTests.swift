import ArgumentParser
import Foundation
import Testing

@testable import varve
@testable import varved

/// The manual pages against what the programs' parsers know.
@Suite struct `The manual page` {
    @Test func `of varve names every command and all its options`() throws {
        let page = try ManualPage("varve.1")
        // What has subcommands does nothing by itself, and `help` is the parser's own.
        for command in try KnownCommand.all(of: Varve.self) where command.isLeaf && !command.isHelp {
            let name = command.path.joined(separator: " ")
            let section = try #require(page.sections[name], "varve.1 says nothing about ‘\(name)’")
            var documented = section.options.union(page.options("GLOBAL OPTIONS"))
            if section.text.contains("Takes the pipeline options.") {
                documented.formUnion(page.options("PIPELINE OPTIONS"))
            }
            for option in command.options.subtracting(documented).sorted() {
                Issue.record("varve.1 does not say what ‘\(name) \(option)’ is")
            }
            for option in section.options.subtracting(command.options).sorted() {
                Issue.record("varve.1 gives ‘\(name)’ an option ‘\(option)’ that it does not have")
            }
        }
    }

    @Test func `of varve describes no command and no option that is not there`() throws {
        let page = try ManualPage("varve.1")
        let commands = try KnownCommand.all(of: Varve.self)
        let names = Set(commands.map { $0.path.joined(separator: " ") })
        for section in page.sections.keys where section.hasPrefix("varve ") {
            #expect(names.contains(section))
        }
        var known = commands.reduce(into: Set<String>()) { $0.formUnion($1.options) }
        // The parser lists it nowhere.
        known.insert("--generate-completion-script")
        for option in page.mentioned.subtracting(known).sorted() {
            Issue.record("varve.1 mentions ‘\(option)’, which no command has")
        }
    }

    @Test func `of varved names every option, and only those there are`() throws {
        let page = try ManualPage("varved.8")
        let command = try #require(try KnownCommand.all(of: Varved.self).first)
        let documented = page.options("OPTIONS").union(page.options("SETTINGS"))
        #expect(documented.subtracting(command.options).sorted() == [])
        #expect(command.options.subtracting(documented).sorted() == [])
    }
}

/// A command as the parser describes it.
private struct KnownCommand {
    let path: [String]
    /// `--long` and `-s`.
    let options: Set<String>
    let isLeaf: Bool
    var isHelp: Bool { path.last == "help" }

    static func all(of root: any ParsableCommand.Type) throws -> [KnownCommand] {
        let dump = try JSONDecoder().decode(Dump.self, from: Data(root._dumpHelp().utf8))
        return flatten(dump.command, below: [])
    }

    private static func flatten(_ command: Dump.Command, below path: [String]) -> [KnownCommand] {
        let path = path + [command.commandName]
        let subcommands = command.subcommands ?? []
        let names = (command.arguments ?? []).flatMap { $0.names ?? [] }
        let options = Set(names.map { ($0.kind == "long" ? "--" : "-") + $0.name })
        return [KnownCommand(path: path, options: options, isLeaf: subcommands.isEmpty)]
            + subcommands.flatMap { flatten($0, below: path) }
    }

    private struct Dump: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let arguments: [Argument]?
            let subcommands: [Command]?
        }

        struct Argument: Decodable {
            let names: [Name]?
        }

        struct Name: Decodable {
            let kind: String
            let name: String
        }
    }
}

/// A page of `docs/man` by its headings.
private struct ManualPage {
    struct Section {
        var text = ""
        /// Those that have an entry.
        var options: Set<String> = []
    }

    private(set) var sections: [String: Section] = [:]
    /// Every long option that stands anywhere.
    let mentioned: Set<String>

    init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var page = try String(contentsOf: root.appending(path: "docs/man/\(name)"), encoding: .utf8)
        for (markup, text) in [("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\-", "-")] {
            page.replace(markup, with: text)
        }
        mentioned = Set(page.matches(of: /--[a-z][a-z-]*/).map { String($0.output) })
        var heading = ""
        var isTag = false
        for line in page.split(separator: "\n") {
            if line.hasPrefix(".SH ") || line.hasPrefix(".SS ") {
                heading = String(line.dropFirst(4))
            } else {
                sections[heading, default: Section()].text += line + "\n"
                if isTag {
                    let names = line.matches(of: /(?:^|[ ,])(--?[a-z][a-z-]*)/).map { String($0.1) }
                    sections[heading, default: Section()].options.formUnion(names)
                }
            }
            isTag = line == ".TP"
        }
    }

    func options(_ heading: String) -> Set<String> { sections[heading]?.options ?? [] }
}
