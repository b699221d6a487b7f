import ArgumentParser
import Engine
import Foundation
import Model
import Testing

@testable import varved

@Suite struct `The daemon's configuration` {
    @Test func `has a flag for every setting`() throws {
        for setting in Setting.allCases {
            let text =
                switch setting.kind {
                case .text: "some-text"
                case .list: "one,two"
                case .integer: "7"
                case .size: "3MiB"
                }
            let flags = try SettingFlags.parse(["--" + setting.flagName, text])
            let values = try flags.values()
            let expected = try SettingValue(text, of: setting, at: "")
            #expect(values == [setting: expected], "\(setting)")
        }
    }

    @Test func `printed is a file that says the same`() throws {
        let flags = try SettingFlags.parse([
            "--store", "/a \"b\"\\c", "--admin-groups", "wheel,ci", "--log-limit", "1536MiB", "--jobs", "3",
        ]).values()
        let configuration = Configuration(flags: flags, file: try ConfigurationFile(text: "", name: "none"))
        let printed = configuration.toml
        let file = try ConfigurationFile(text: printed, name: "printed")
        #expect(file.values.count == Setting.allCases.count)
        #expect(Configuration(flags: [:], file: file).toml == printed)
        #expect(
            printed.contains("log_limit = \"1536MiB\"\n")
                && printed.contains("store = \"/a \\\"b\\\"\\\\c\"\n"))
    }

    @Test func `is the command line's before the file's before the usual`() throws {
        let file = try ConfigurationFile(text: "jobs = 5\nmax_runs = 6\n", name: "f")
        let configuration = Configuration(
            flags: try SettingFlags.parse(["--jobs", "9"]).values(), file: file)
        let engine = try configuration.engine()
        #expect(engine.jobs == 9 && engine.maximumRuns == 6 && engine.keepRuns == 200)
    }

    @Test(arguments: [
        ("jobs = 3\nkeep_run = 1", "f:2: there is no setting ‘keep_run’", "keep_runs"),
        ("\n\nstore = 3", "f:3: store is a integer", "a text"),
        ("jobs = 0", "f:1: jobs is 0", "from 1"),
        ("jobs = \"3\"", "f:1: jobs is a string", "an integer"),
        ("log_limit = \"lots\"", "f:1: log_limit is ‘lots’", "bytes"),
        ("log_limit = -1", "f:1: log_limit is below 0", "bytes"),
        ("admin_groups = [1]", "f:1: admin_groups is a list of other things", "a list of texts"),
        ("[http]\nport = 80", "f:1: there is no setting ‘http’", "the nearest"),
        ("store = \"x", "f:1: not TOML", "--print-config"),
        ("store = \"\"", "f:1: store is an empty text", "a text"),
    ])
    func `is refused where it makes no sense`(_ text: String, _ detail: String, _ fix: String) {
        let failure = #expect(throws: Failure.self) { try ConfigurationFile(text: text, name: "f") }
        #expect(failure?.code == .configurationInvalid)
        #expect(failure?.detail.hasPrefix(detail) == true, "\(failure?.detail ?? "")")
        #expect(failure?.fix.contains(fix) == true, "\(failure?.fix ?? "")")
    }

    @Test func `stands in the operator's manual, setting by setting`() throws {
        let manual = try document("docs/operations.md")
        let page = try document("docs/man/varved.8")
        for setting in Setting.allCases {
            let usual = Configuration.usual[setting]?.toml ?? "?"
            let column = setting == .jobs ? "number of processors" : "`\(usual)`"
            #expect(manual.contains("| `\(setting.rawValue)` | \(column) |"), "\(setting)")
            let flag = "--\(setting.flagName)".replacing("-", with: "\\-")
            #expect(page.contains("\n\\fB\(flag)\\fR "), "\(setting)")
        }
    }

    private func document(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
