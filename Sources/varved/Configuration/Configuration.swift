import Engine
import Foundation
import Linux
import Logging
import Model
import Server

/// The settings in effect: the command line's, else the file's, else the usual ones.
struct Configuration: Sendable {
    private var values: [Setting: SettingValue]
    private let listeners: [ListenerSetting]

    /// - Parameter listeners: of the command line; those of the file count only where it names none.
    init(flags: [Setting: SettingValue], listeners: [ListenerSetting] = [], file: ConfigurationFile) {
        values = Configuration.usual.merging(file.values) { $1 }.merging(flags) { $1 }
        self.listeners = listeners.isEmpty ? file.listeners : listeners
    }

    static let usualFile = "/etc/varve/varved.toml"

    /// The values where nobody says otherwise.
    static var usual: [Setting: SettingValue] {
        let engine = EngineConfiguration(storePath: "/var/lib/varve", runtimeDirectory: .standard)
        return [
            .store: .text(engine.storePath), .socket: .text("/run/varve/varve.sock"), .group: .text("varve"),
            .adminGroups: .list([]), .runtimeDirectory: .text(engine.runtimeDirectory.path),
            .runtime: .text(engine.runtime), .networkHelper: .text(engine.networkHelper),
            .seccompProfile: .text(engine.seccompProfile), .defaultImage: .text(engine.defaultImage),
            .jobs: .integer(Int64(ProcessInfo.processInfo.activeProcessorCount)),
            .maximumRuns: .integer(Int64(engine.maximumRuns)), .keepRuns: .integer(Int64(engine.keepRuns)),
            .keepRevisions: .integer(Int64(engine.keepRevisions)), .logLimit: .size(engine.logLimit),
            .processLimit: .integer(engine.processLimit),
            .diskLimit: .size(engine.diskLimit ?? ByteSize(bytes: 0)),
            .diskBudget: .size(engine.disk.budget ?? ByteSize(bytes: 0)),
            .diskWarning: .integer(Int64(engine.disk.warning)),
            .diskHigh: .integer(Int64(engine.disk.high)), .diskLow: .integer(Int64(engine.disk.low)),
            .diskReserve: .size(engine.disk.reserve),
            .diskWait: .integer(engine.diskWait.milliseconds / 1000),
            .volumeSize: .size(engine.volumeSize ?? ByteSize(bytes: 0)),
            .volumeAge: .integer(engine.volumeAge.milliseconds / 86_400_000), .logLevel: .text("info"),
        ]
    }

    /// Names of what is different in `other` and counts from the next start on only.
    func waitingForRestart(in other: Configuration) -> [String] {
        let settings = Setting.allCases.filter { !$0.isReloadable && self[$0] != other[$0] }.map(\.rawValue)
        return settings + (listeners == other.listeners ? [] : ["listener"])
    }

    /// As a file that says the same.
    var toml: String {
        let settings = Setting.allCases.map { "# \($0.summary)\n\($0.rawValue) = \(self[$0].toml)\n" }
        let tables = listeners.map { $0.toml(usualGroup: text(.group)) }
        return (settings + ["# Further sockets, each as a table [[listener]]\n"] + tables).joined(
            separator: "\n")
    }

    /// A socket to be served.
    struct Socket: Hashable, Sendable {
        let path: String
        let mode: UInt32
        let group: String
        let rule: ListenerRule
    }

    /// All of them, first the one for everybody of the group.
    ///
    /// - Throws: `configuration-invalid` for a path that is there twice, and for too many.
    func sockets() throws(Failure) -> [Socket] {
        let group = text(.group)
        let sockets =
            [Socket(path: text(.socket), mode: 0o660, group: group, rule: ListenerRule())]
            + listeners.map { Socket(path: $0.path, mode: $0.mode, group: $0.group ?? group, rule: $0.rule) }
        var paths: Set<String> = []
        for socket in sockets where !paths.insert(socket.path).inserted {
            throw Failure(
                .configurationInvalid, "two sockets are to be \(socket.path)",
                fix: "give every listener a path of its own")
        }
        guard listeners.count <= ListenerSetting.most else {
            throw Failure(
                .configurationInvalid, "there are \(listeners.count) listeners",
                fix: "give at most \(ListenerSetting.most)")
        }
        return sockets
    }

    /// - Throws: `configuration-invalid`.
    func logLevel() throws(Failure) -> Logger.Level {
        guard let level = Logger.Level(rawValue: text(.logLevel)) else {
            throw Setting.logLevel.misfit("‘\(text(.logLevel))’", at: "log_level")
        }
        return level
    }

    /// - Throws: `configuration-invalid` for a store that is no absolute path, an image that can't be one's name, and marks
    ///   in the wrong order.
    func engine() throws(Failure) -> EngineConfiguration {
        for setting in [Setting.store, .runtimeDirectory] where !text(setting).hasPrefix("/") {
            throw Failure(
                .configurationInvalid, "\(setting.rawValue) is ‘\(text(setting))’",
                fix: "give an absolute path")
        }
        var engine = EngineConfiguration(
            storePath: text(.store), runtimeDirectory: RuntimeDirectory(text(.runtimeDirectory)))
        engine.runtime = text(.runtime)
        engine.networkHelper = text(.networkHelper)
        engine.seccompProfile = text(.seccompProfile)
        engine.defaultImage = try defaultImage()
        engine.jobs = Int(integer(.jobs))
        engine.maximumRuns = Int(integer(.maximumRuns))
        engine.keepRuns = Int(integer(.keepRuns))
        engine.keepRevisions = Int(integer(.keepRevisions))
        engine.logLimit = size(.logLimit)
        engine.processLimit = integer(.processLimit)
        engine.diskLimit = sizeUnlessZero(.diskLimit)
        engine.disk = try marks()
        engine.diskWait = TimeSpan(seconds: integer(.diskWait))
        engine.volumeSize = sizeUnlessZero(.volumeSize)
        engine.volumeAge = TimeSpan(seconds: integer(.volumeAge) * 86_400)
        return engine
    }

    private func defaultImage() throws(Failure) -> String {
        do throws(Failure) {
            return try ResourceName(text(.defaultImage), kind: "image").text
        } catch {
            // Of a request the name would be bad; here it is what the operator has written.
            throw Failure(
                .configurationInvalid, "\(Setting.defaultImage.rawValue): \(error.detail)", fix: error.fix)
        }
    }

    private func marks() throws(Failure) -> DiskMarks {
        let marks = DiskMarks(
            budget: sizeUnlessZero(.diskBudget), warning: Int(integer(.diskWarning)),
            high: Int(integer(.diskHigh)), low: Int(integer(.diskLow)), reserve: size(.diskReserve))
        guard marks.low <= marks.high else {
            throw Failure(
                .configurationInvalid, "disk_low is \(marks.low), and disk_high \(marks.high)",
                fix: "give a low mark that is not above the high one")
        }
        if let budget = marks.budget, budget.bytes < 16 << 20 {
            throw Failure(
                .configurationInvalid, "disk_budget is \(budget)",
                fix: "give at least 16MiB, or 0 for no budget")
        }
        return marks
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

    private func sizeUnlessZero(_ setting: Setting) -> ByteSize? {
        size(setting).bytes > 0 ? size(setting) : nil
    }

    private func size(_ setting: Setting) -> ByteSize {
        if case .size(let size) = self[setting] { size } else { ByteSize(bytes: 0) }
    }
}
