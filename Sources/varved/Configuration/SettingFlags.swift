import ArgumentParser
import Model

/// Every setting as a flag.
struct SettingFlags: ParsableArguments {
    @Option(help: help(.store)) var store: String?
    @Option(help: help(.socket)) var socket: String?
    @Option(help: help(.group)) var group: String?
    @Option(help: help(.adminGroups)) var adminGroups: String?
    @Option(help: help(.runtimeDirectory)) var runtimeDirectory: String?
    @Option(help: help(.runtime)) var runtime: String?
    @Option(help: help(.networkHelper)) var networkHelper: String?
    @Option(help: help(.seccompProfile)) var seccompProfile: String?
    @Option(help: help(.defaultImage)) var defaultImage: String?
    @Option(help: help(.jobs)) var jobs: String?
    @Option(name: flag(.maximumRuns), help: help(.maximumRuns)) var maximumRuns: String?
    @Option(help: help(.keepRuns)) var keepRuns: String?
    @Option(help: help(.keepRevisions)) var keepRevisions: String?
    @Option(help: help(.logLimit)) var logLimit: String?
    @Option(name: flag(.processLimit), help: help(.processLimit)) var processLimit: String?
    @Option(help: help(.diskLimit)) var diskLimit: String?
    @Option(help: help(.diskBudget)) var diskBudget: String?
    @Option(help: help(.diskWarning)) var diskWarning: String?
    @Option(help: help(.diskHigh)) var diskHigh: String?
    @Option(help: help(.diskLow)) var diskLow: String?
    @Option(help: help(.diskReserve)) var diskReserve: String?
    @Option(name: flag(.diskWait), help: help(.diskWait)) var diskWait: String?
    @Option(help: help(.volumeSize)) var volumeSize: String?
    @Option(name: flag(.volumeAge), help: help(.volumeAge)) var volumeAge: String?
    @Option(help: help(.logLevel)) var logLevel: String?
    @Option(
        help: ArgumentHelp(
            "A further socket, with mode, group, scope and role; may be given many times.",
            valueName: "path=…,…"))
    var listener: [String] = []

    /// The listeners that were given.
    ///
    /// - Throws: `configuration-invalid`.
    func listeners() throws(Failure) -> [ListenerSetting] {
        try listener.map { text throws(Failure) in try ListenerSetting(flag: text) }
    }

    /// What was given.
    ///
    /// - Throws: `configuration-invalid`.
    func values() throws(Failure) -> [Setting: SettingValue] {
        var values: [Setting: SettingValue] = [:]
        for setting in Setting.allCases {
            guard let text = text(of: setting) else { continue }
            values[setting] = try SettingValue(text, of: setting, at: "--" + setting.flagName)
        }
        return values
    }

    private func text(of setting: Setting) -> String? {
        switch setting {
        case .store: store
        case .socket: socket
        case .group: group
        case .adminGroups: adminGroups
        case .runtimeDirectory: runtimeDirectory
        case .runtime: runtime
        case .networkHelper: networkHelper
        case .seccompProfile: seccompProfile
        case .defaultImage: defaultImage
        case .jobs: jobs
        case .maximumRuns: maximumRuns
        case .keepRuns: keepRuns
        case .keepRevisions: keepRevisions
        case .logLimit: logLimit
        case .processLimit: processLimit
        case .diskLimit: diskLimit
        case .diskBudget: diskBudget
        case .diskWarning: diskWarning
        case .diskHigh: diskHigh
        case .diskLow: diskLow
        case .diskReserve: diskReserve
        case .diskWait: diskWait
        case .volumeSize: volumeSize
        case .volumeAge: volumeAge
        case .logLevel: logLevel
        }
    }

    private static func help(_ setting: Setting) -> ArgumentHelp {
        let value =
            switch setting.kind {
            case .text: setting.flagName
            case .list: "names"
            case .integer: "number"
            case .size: "size"
            }
        return ArgumentHelp(stringLiteral: setting.summary + ".").with(valueName: value)
    }

    private static func flag(_ setting: Setting) -> NameSpecification { .customLong(setting.flagName) }
}

extension Setting {
    /// Without the dashes in front.
    var flagName: String { rawValue.replacing("_", with: "-") }
}

extension ArgumentHelp {
    fileprivate func with(valueName: String) -> ArgumentHelp {
        var help = self
        help.valueName = valueName
        return help
    }
}
