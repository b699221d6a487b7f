import ArgumentParser
import Engine
import Foundation
import Model
import Server
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

    @Test func `counts anew in what is said to be reloadable, and in nothing else`() throws {
        let none = try ConfigurationFile(text: "", name: "none")
        let before = try Configuration(flags: [:], file: none).engine()
        for setting in Setting.allCases where setting != .logLevel {
            let text =
                switch setting.kind {
                case .text: "/other"
                case .list: "one,two"
                // Within the range of each, and no disk mark in the wrong order.
                case .integer: setting == .diskLow ? "61" : "93"
                case .size: "300MiB"
                }
            let value = try SettingValue(setting == .defaultImage ? "other:1" : text, of: setting, at: "")
            let wanted = try Configuration(flags: [setting: value], file: none).engine()
            var reloaded = before
            reloaded.takeOver(wanted)
            if setting.isReloadable {
                #expect(reloaded == wanted && wanted != before, "\(setting)")
            } else {
                #expect(reloaded == before, "\(setting)")
            }
        }
    }

    @Test func `has further sockets, of the file or of the command line`() throws {
        let text = """
            group = "ci"
            [[listener]]
            path = "/run/a.sock"
            [[listener]]
            path = "/run/b.sock"
            mode = "0666"
            group = "blue"
            scope = "uid:7"
            """
        let file = try ConfigurationFile(text: text, name: "f")
        let configuration = Configuration(flags: [:], file: file)
        let sockets = try configuration.sockets()
        #expect(sockets.map(\.path) == ["/run/varve/varve.sock", "/run/a.sock", "/run/b.sock"])
        #expect(sockets.map(\.mode) == [0o660, 0o660, 0o666])
        #expect(sockets.map(\.group) == ["ci", "ci", "blue"])
        let bound = ListenerRule(scope: Scope(owner: 7), role: .user)
        #expect(sockets.map(\.rule) == [ListenerRule(), ListenerRule(), bound], "a scope makes users")
        let printed = configuration.toml
        let again = Configuration(flags: [:], file: try ConfigurationFile(text: printed, name: "printed"))
        #expect(try again.sockets() == sockets && again.toml == printed)
        let flags = try SettingFlags.parse(["--listener", "path=/c,role=admin", "--listener", "path=/d=e"])
        let other = Configuration(flags: [:], listeners: try flags.listeners(), file: file)
        #expect(try other.sockets().map(\.path) == ["/run/varve/varve.sock", "/c", "/d=e"])
        #expect(try other.sockets().map(\.rule.role) == [nil, .admin, nil])
    }

    @Test(arguments: [
        ("[[listener]]\npath = \"/a\"\n[[listener]]\nmode = \"0660\"", "f:3: listener: path is ‘’"),
        ("[[listener]]\npath = \"a\"", "f:1: listener: path is ‘a’"),
        ("[[listener]]\npath = \"/a\"\nmode = \"0777\"", "f:1: listener: mode is ‘0777’"),
        ("[[listener]]\npath = \"/a\"\nmode = \"+666\"", "f:1: listener: mode is ‘+666’"),
        ("[[listener]]\npath = \"/a\"\nmode = 432", "f:1: listener: mode is a integer"),
        ("[[listener]]\npath = \"/a\"\nscope = \"all\"", "f:1: listener: scope is ‘all’"),
        ("[[listener]]\npath = \"/a\"\nscope = \"uid:-1\"", "f:1: listener: scope is ‘uid:-1’"),
        ("[[listener]]\npath = \"/a\"\nrole = \"root\"", "f:1: listener: role is ‘root’"),
        ("[[listener]]\npath = \"/a\"\nowner = \"x\"", "f:1: listener: there is no ‘owner’"),
        ("[[listener]]\npath = \"/a\"\ngroup = \"\"", "f:1: listener: group is an empty text"),
        (
            "[[listener]]\npath = \"/a\"\nmode = \"0666\"\nrole = \"admin\"",
            "f:1: listener: role is ‘admin’ and mode lets everybody in"
        ),
        ("listener = \"/a\"", "f:1: listener: a string"), ("listener = [1]", "f:1: listener: path is ‘’"),
    ])
    func `is refused where a listener makes no sense`(_ text: String, _ detail: String) {
        let failure = #expect(throws: Failure.self) { try ConfigurationFile(text: text, name: "f") }
        #expect(failure?.code == .configurationInvalid)
        #expect(failure?.detail.hasPrefix(detail) == true, "\(failure?.detail ?? "")")
    }

    @Test(arguments: ["path=/a,path=/b", "/a", "path=/a,", "path=/a,role=boss", "role=user"])
    func `is refused where a listener on the command line makes no sense`(_ text: String) throws {
        let flags = try SettingFlags.parse(["--listener", text])
        let failure = #expect(throws: Failure.self) { try flags.listeners() }
        #expect(failure?.code == .configurationInvalid)
    }

    @Test func `is refused with one path for two sockets`() throws {
        let flags = try SettingFlags.parse(["--listener", "path=/a", "--listener", "path=/a"])
        let twice = Configuration(
            flags: [:], listeners: try flags.listeners(), file: try ConfigurationFile(text: "", name: "f"))
        let failure = #expect(throws: Failure.self) { try twice.sockets() }
        #expect(failure?.code == .configurationInvalid && failure?.detail.contains("/a") == true)
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

    @Test(arguments: ["two words", "a//b", "../up", "docker.io/ä", String(repeating: "a", count: 201)])
    func `is refused for a default image that no image can be called, and not as a bad request`(
        _ name: String
    ) throws {
        let flags = try SettingFlags.parse(["--default-image", name]).values()
        let file = try ConfigurationFile(text: "default_image = \"\(name)\"", name: "f")
        let ofFlags = Configuration(flags: flags, file: try ConfigurationFile(text: "", name: "f"))
        for configuration in [ofFlags, Configuration(flags: [:], file: file)] {
            let failure = #expect(throws: Failure.self) { try configuration.engine() }
            #expect(failure?.code == .configurationInvalid, "another code ends with another status")
            #expect(failure?.detail.hasPrefix("default_image: ") == true, "\(failure?.detail ?? "")")
            #expect(failure?.fix.isEmpty == false)
        }
    }

    @Test func `is wrong with status 2, and everything else with 1`() {
        #expect(Varved.status(of: Failure(.configurationInvalid, "default_image: x", fix: "y")) == 2)
        for code in FailureCode.allCases where code != .configurationInvalid {
            #expect(Varved.status(of: Failure(code, "x", fix: "y")) == 1, "\(code)")
        }
    }

    @Test func `is refused on the command line in the form of every other error`() throws {
        let error = try #require(throws: (any Error).self) { try Varved.parseAsRoot(["--frob"]) }
        let complaint = Varved.usageProblem(error)
        #expect(complaint.hasPrefix("error[usage]: ") && complaint.contains("--frob"))
        #expect(complaint.hasSuffix("\n  fix: see ‘varved --help’"))
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
        for member in ListenerSetting.Member.allCases {
            #expect(
                manual.contains("| `\(member.rawValue)` |") && page.contains("\(member.rawValue)="),
                "\(member)")
        }
    }

    private func document(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
