import Linux
import Model
import SystemPackage
import TOMLKit

/// The settings of a TOML file.
struct ConfigurationFile: Sendable {
    let values: [Setting: SettingValue]
    let listeners: [ListenerSetting]

    /// Whether there was such a file; it may be missing.
    let isPresent: Bool

    /// Reads the file at `path`.
    ///
    /// - Throws: `configuration-invalid`, with the line.
    init(path: String) throws(Failure) {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try Descriptor.openFile(path).readAll(limit: ConfigurationFile.longest)
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw Failure(
                    .configurationInvalid, "the configuration \(path) can't be read: \(error)",
                    fix: "make it a readable file of at most 1 MiB, or name another with --config")
            }
            self.init(values: [:], listeners: [], isPresent: false)
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(
                .configurationInvalid, "the configuration \(path) is not UTF-8", fix: "save it as UTF-8")
        }
        try self.init(text: text, name: path)
    }

    private init(values: [Setting: SettingValue], listeners: [ListenerSetting], isPresent: Bool) {
        self.values = values
        self.listeners = listeners
        self.isPresent = isPresent
    }

    private static let longest = 1 << 20

    init(text: String, name: String) throws(Failure) {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw Failure(
                .configurationInvalid, "\(name):\(error.source.begin.line): not TOML: \(error.description)",
                fix: "write it as in: varved --print-config")
        } catch {
            throw Failure(
                .configurationInvalid, "\(name): \(error)", fix: "write it as in: varved --print-config")
        }
        let lines = KeyLines(text)
        var values: [Setting: SettingValue] = [:]
        var listeners: [ListenerSetting] = []
        for (key, value) in table {
            let place = lines.place(of: key, in: name)
            guard key != ConfigurationFile.listenerKey else {
                listeners = try ConfigurationFile.listeners(value, lines, name)
                continue
            }
            guard let setting = Setting(rawValue: key) else {
                throw Failure(
                    .configurationInvalid, "\(place): there is no setting ‘\(key)’",
                    fix:
                        "the nearest is ‘\(Setting.nearest(to: key).rawValue)’; see all with: varved --print-config"
                )
            }
            values[setting] = try SettingValue(value, of: setting, at: place)
        }
        self.init(values: values, listeners: listeners, isPresent: true)
    }

    private static let listenerKey = "listener"

    private static func listeners(
        _ value: any TOMLValueConvertible, _ lines: KeyLines, _ name: String
    ) throws(Failure) -> [ListenerSetting] {
        let tables = value.array.map { array in array.map(\.table) } ?? []
        guard value.array != nil, tables.count <= ListenerSetting.most else {
            throw ListenerSetting.problem(
                lines.place(of: listenerKey, in: name),
                value.array == nil ? "a \(value.type)" : "there are \(tables.count)",
                "write up to \(ListenerSetting.most) tables, each below a line [[listener]]")
        }
        var listeners: [ListenerSetting] = []
        for (index, table) in tables.enumerated() {
            let place = lines.place(ofTable: listenerKey, index, in: name)
            var members: [(name: String, value: String)] = []
            for (key, value) in table ?? TOMLTable() {
                guard let text = value.string else {
                    throw ListenerSetting.problem(
                        place, "\(key) is a \(value.type)", "give a text, in quotes")
                }
                members.append((key, text))
            }
            listeners.append(try ListenerSetting(members, at: place))
        }
        return listeners
    }
}

extension SettingValue {
    fileprivate init(_ value: any TOMLValueConvertible, of setting: Setting, at place: String) throws(Failure)
    {
        switch (setting.kind, value.type) {
        case (.text, .string): self = .text(value.string ?? "")
        case (.list, .array):
            let elements = value.array.map { array in array.map(\.string) } ?? []
            let texts = elements.compactMap { $0 }
            guard texts.count == elements.count else {
                throw setting.misfit("a list of other things", at: place)
            }
            self = .list(texts)
        case (.integer(let range), .int):
            self = .integer(try SettingValue.checked(Int64(value.int ?? 0), in: range, setting, place))
        case (.size, .int):
            guard let bytes = value.int, bytes >= 0 else { throw setting.misfit("below 0", at: place) }
            self = .size(ByteSize(bytes: Int64(bytes)))
        case (.size, .string): try self.init(value.string ?? "", of: setting, at: place)
        default: throw setting.misfit("a \(value.type)", at: place)
        }
        try check(setting, place)
    }
}

/// On which line each key of a table without sections stands.
private struct KeyLines {
    private var lines: [String: Int] = [:]
    /// Of each `[[name]]`, in order.
    private var tables: [String: [Int]] = [:]

    init(_ text: String) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let written = line.drop { $0 == " " || $0 == "\t" }
            let name =
                written.hasPrefix("[")
                ? written.drop { $0 == "[" }.prefix { $0 != "]" } : written.prefix { $0 != "=" }
            let key = name.filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" }
            // A dotted key makes a table called by its first part.
            guard let first = key.split(separator: ".").first else { continue }
            if lines[String(first)] == nil { lines[String(first)] = number + 1 }
            if written.hasPrefix("[[") { tables[String(first), default: []].append(number + 1) }
        }
    }

    func place(of key: String, in name: String) -> String { lines[key].map { "\(name):\($0)" } ?? name }

    func place(ofTable key: String, _ index: Int, in name: String) -> String {
        guard let lines = tables[key], lines.indices.contains(index) else { return place(of: key, in: name) }
        return "\(name):\(lines[index])"
    }
}

extension Setting {
    /// The setting whose name takes the fewest changes to come to from `name`.
    static func nearest(to name: String) -> Setting {
        allCases.min { distance($0.rawValue, name) < distance($1.rawValue, name) } ?? .store
    }

    /// Levenshtein's distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8.prefix(64))
        var row = Array(0...right.count)
        for (index, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let substituted = diagonal + (byte == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
