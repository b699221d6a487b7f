import Model
import Server

/// A further socket the API is served on: `[[listener]]` in the file, `--listener` on the command line.
///
/// ```toml
/// [[listener]]
/// path = "/run/tenants/blue/varve.sock"
/// mode = "0666"
/// scope = "uid:20001"
/// role = "user"
/// ```
struct ListenerSetting: Hashable, Sendable {
    let path: String
    let mode: UInt32
    /// nil for the one the daemon's first socket has.
    let group: String?
    let rule: ListenerRule

    /// How many there may be.
    static let most = 256

    /// What can be said of one.
    enum Member: String, CaseIterable, Sendable {
        case path, mode, group, scope, role
    }

    /// - Parameter place: where it was found, for messages.
    /// - Throws: `configuration-invalid`.
    init(_ members: [(name: String, value: String)], at place: String) throws(Failure) {
        var values: [Member: String] = [:]
        for (name, value) in members {
            guard let member = Member(rawValue: name) else {
                let known = Member.allCases.map(\.rawValue).joined(separator: ", ")
                throw ListenerSetting.problem(place, "there is no ‘\(name)’", "use \(known)")
            }
            guard values.updateValue(value, forKey: member) == nil else {
                throw ListenerSetting.problem(place, "‘\(name)’ is there twice", "say it once")
            }
            guard !value.isEmpty, !value.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw ListenerSetting.problem(
                    place, "\(name) is an empty text or one with control characters", "give a text")
            }
        }
        guard let path = values[.path], path.hasPrefix("/") else {
            throw ListenerSetting.problem(
                place, "path is ‘\(values[.path] ?? "")’", "give the absolute path of the socket")
        }
        self.path = path
        mode = try ListenerSetting.mode(values[.mode], place)
        group = values[.group]
        rule = try ListenerSetting.rule(values, place)
        guard rule.role != .admin || mode & 0o007 == 0 else {
            throw ListenerSetting.problem(
                place, "role is ‘admin’ and mode lets everybody in", "give a mode such as 0660, or role user")
        }
    }

    private static func mode(_ text: String?, _ place: String) throws(Failure) -> UInt32 {
        guard let text else { return 0o660 }
        guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...55).contains($0) }),
            let mode = UInt32(text, radix: 8), mode & ~0o666 == 0
        else {
            throw problem(
                place, "mode is ‘\(text)’", "give octal digits of who may read and write, as \"0660\"")
        }
        return mode
    }

    private static func rule(_ values: [Member: String], _ place: String) throws(Failure) -> ListenerRule {
        var scope: Scope?
        if let text = values[.scope] {
            scope = Scope(text)
            guard scope != nil else {
                throw problem(place, "scope is ‘\(text)’", "give uid:N, with any number N")
            }
        }
        var role: CallerRole?
        if let text = values[.role] {
            role = CallerRole(rawValue: text)
            guard role != nil else {
                let known = CallerRole.allCases.map(\.rawValue).joined(separator: " or ")
                throw problem(place, "role is ‘\(text)’", "give \(known), or leave it out")
            }
        }
        return ListenerRule(scope: scope, role: role)
    }

    /// Reads `path=/run/x.sock,mode=0660,scope=uid:7`.
    ///
    /// - Throws: `configuration-invalid`.
    init(flag text: String) throws(Failure) {
        let place = "--listener"
        var members: [(name: String, value: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw ListenerSetting.problem(
                    place, "‘\(part)’ is no NAME=VALUE", "write it as path=/run/x.sock,mode=0660,scope=uid:7")
            }
            members.append((String(sides[0]), String(sides[1])))
        }
        try self.init(members, at: place)
    }

    /// As a table of TOML that says the same.
    ///
    /// - Parameter usualGroup: of listeners that name none.
    func toml(usualGroup: String) -> String {
        let octal = String(mode, radix: 8)
        let padded = String(repeating: "0", count: 4 - octal.utf8.count) + octal
        let members: [(Member, String?)] = [
            (.path, path), (.mode, padded), (.group, group ?? usualGroup),
            (.scope, rule.scope.map { "\($0)" }), (.role, rule.role?.rawValue),
        ]
        return "[[listener]]\n"
            + members.compactMap { member, value in
                value.map { "\(member.rawValue) = \(SettingValue.text($0).toml)\n" }
            }.joined()
    }

    static func problem(_ place: String, _ detail: String, _ fix: String) -> Failure {
        Failure(.configurationInvalid, "\(place): listener: \(detail)", fix: fix)
    }
}
