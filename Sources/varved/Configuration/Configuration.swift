import Engine
import Foundation
import Linux
import Logging
import Model
import Server

/// The settings in effect: the command line's, else the file's, else the usual ones.
struct Configuration: Sendable {
    private var values: [Setting: SettingValue]

    init(flags: [Setting: SettingValue], file: ConfigurationFile) {
        values = Configuration.usual.merging(file.values) { $1 }.merging(flags) { $1 }
    }

    static let usualFile = "/etc/varve/varved.toml"

    /// The values where nobody says otherwise.
    static var usual: [Setting: SettingValue] {
        let engine = EngineConfiguration(storePath: "/var/lib/varve", runtimeDirectory: "/run/varve")
        return [
            .store: .text(engine.storePath), .socket: .text("/run/varve/varve.sock"), .group: .text("varve"),
            .adminGroups: .list([]), .runtimeDirectory: .text(engine.runtimeDirectory),
            .runtime: .text(engine.runtime), .networkHelper: .text(engine.networkHelper),
            .seccompProfile: .text(engine.seccompProfile), .defaultImage: .text(engine.defaultImage),
            .jobs: .integer(Int64(ProcessInfo.processInfo.activeProcessorCount)),
            .maximumRuns: .integer(Int64(engine.maximumRuns)), .keepRuns: .integer(Int64(engine.keepRuns)),
            .keepRevisions: .integer(Int64(engine.keepRevisions)), .logLimit: .size(engine.logLimit),
            .processLimit: .integer(engine.processLimit), .logLevel: .text("info"),
        ]
    }

    /// As a file that says the same.
    var toml: String {
        Setting.allCases.map { "# \($0.summary)\n\($0.rawValue) = \(self[$0].toml)\n" }.joined(
            separator: "\n")
    }

    var socket: String { text(.socket) }
    var group: String { text(.group) }

    /// - Throws: `configuration-invalid`.
    func logLevel() throws(Failure) -> Logger.Level {
        guard let level = Logger.Level(rawValue: text(.logLevel)) else {
            throw Setting.logLevel.misfit("‘\(text(.logLevel))’", at: "log_level")
        }
        return level
    }

    /// - Throws: `configuration-invalid` for a store that is no absolute path.
    func engine() throws(Failure) -> EngineConfiguration {
        for setting in [Setting.store, .runtimeDirectory] where !text(setting).hasPrefix("/") {
            throw Failure(
                .configurationInvalid, "\(setting.rawValue) is ‘\(text(setting))’",
                fix: "give an absolute path")
        }
        var engine = EngineConfiguration(
            storePath: text(.store), runtimeDirectory: text(.runtimeDirectory))
        engine.runtime = text(.runtime)
        engine.networkHelper = text(.networkHelper)
        engine.seccompProfile = text(.seccompProfile)
        engine.defaultImage = try ResourceName(text(.defaultImage), kind: "image").text
        engine.jobs = Int(integer(.jobs))
        engine.maximumRuns = Int(integer(.maximumRuns))
        engine.keepRuns = Int(integer(.keepRuns))
        engine.keepRevisions = Int(integer(.keepRevisions))
        engine.logLimit = size(.logLimit)
        engine.processLimit = integer(.processLimit)
        return engine
    }

    /// - Throws: `configuration-invalid` for a group that does not exist.
    func server() throws(Failure) -> ServerConfiguration {
        guard case .list(let names) = self[.adminGroups] else { return ServerConfiguration() }
        var groups: Set<UInt32> = []
        for name in names {
            guard let group = SystemGroup.identifier(named: name) else {
                throw Failure(
                    .configurationInvalid, "admin_groups: there is no group ‘\(name)’",
                    fix: "make it with: groupadd --system \(name), or leave it out")
            }
            groups.insert(group)
        }
        return ServerConfiguration(adminGroups: groups)
    }

    private subscript(setting: Setting) -> SettingValue { values[setting] ?? .text("") }

    private func text(_ setting: Setting) -> String {
        if case .text(let text) = self[setting] { text } else { "" }
    }

    private func integer(_ setting: Setting) -> Int64 {
        if case .integer(let number) = self[setting] { number } else { 0 }
    }

    private func size(_ setting: Setting) -> ByteSize {
        if case .size(let size) = self[setting] { size } else { ByteSize(bytes: 0) }
    }
}
