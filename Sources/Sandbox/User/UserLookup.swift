package import Linux
package import Model

/// Finds out who `user: "…"` is by an image's own `/etc/passwd` and `/etc/group`.
///
/// The rules are those of container engines: a name must be listed, a number need not be; a user without a
/// group gets the listed one (a number that isn't listed: group 0) and the groups that list him; with an
/// explicit group he gets that group alone. Of several entries the first counts; malformed lines count for
/// nothing.
package struct UserLookup: Sendable {
    private struct Account {
        var name: Substring
        var uid: UInt32
        var gid: UInt32
        var home: Substring
    }

    private struct Group {
        var name: Substring
        var gid: UInt32
        var members: [Substring]
    }

    /// The most bytes of either file that anybody should read.
    private static let fileLimit = 8 << 20

    private let accounts: [Account]
    private let groups: [Group]

    /// Reads both files of the image that has this root; links don't lead out of it.
    package init(in root: borrowing Directory) {
        self.init(
            passwd: Self.content(of: "etc/passwd", in: root), group: Self.content(of: "etc/group", in: root))
    }

    /// Empty for what is no file: an image may have a FIFO in its place, which blocks who opens it, or a device.
    private static func content(of path: String, in root: borrowing Directory) -> [UInt8] {
        guard let file = try? root.openRegularFile(beneath: path, resolve: [.inRoot, .noMagicLinks])
        else { return [] }
        return (try? file.readAll(limit: fileLimit)) ?? []
    }

    /// Takes the contents of both files; empty where the image has none.
    package init(passwd: [UInt8], group: [UInt8]) {
        accounts = Self.lines(passwd).compactMap { fields in
            guard fields.count >= 6, let uid = Self.number(fields[2]), let gid = Self.number(fields[3]) else {
                return nil
            }
            return Account(name: fields[0], uid: uid, gid: gid, home: fields[5])
        }
        groups = Self.lines(group).compactMap { fields in
            guard fields.count >= 3, let gid = Self.number(fields[2]) else { return nil }
            return Group(
                name: fields[0], gid: gid, members: fields.count > 3 ? fields[3].split(separator: ",") : [])
        }
    }

    /// Resolves `name`, `uid`, `name:group`, `uid:gid` and mixtures; nothing at all is root.
    package func resolve(_ text: String) throws(Failure) -> StepUser {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let userText = parts.first ?? ""
        let account = accounts.first { $0.name == userText } ?? numbered(userText)
        guard let account else { throw unknown("user", userText, "/etc/passwd") }
        let home = account.home.isEmpty ? "/" : String(account.home)
        if parts.count > 1, !parts[1].isEmpty {
            return StepUser(uid: account.uid, gid: try resolveGroup(parts[1]), home: home)
        }
        var supplementary: [UInt32] = []
        for group in groups where !account.name.isEmpty && group.members.contains(account.name) {
            if group.gid != account.gid && !supplementary.contains(group.gid) {
                supplementary.append(group.gid)
            }
        }
        return StepUser(uid: account.uid, gid: account.gid, groups: supplementary, home: home)
    }

    private func numbered(_ text: Substring) -> Account? {
        guard let uid = text.isEmpty ? 0 : Self.number(text) else { return nil }
        return accounts.first { $0.uid == uid }
            ?? Account(name: "", uid: uid, gid: 0, home: uid == 0 ? "/root" : "/")
    }

    private func resolveGroup(_ text: Substring) throws(Failure) -> UInt32 {
        if let group = groups.first(where: { $0.name == text }) { return group.gid }
        guard let gid = Self.number(text) else { throw unknown("group", text, "/etc/group") }
        return gid
    }

    private func unknown(_ kind: String, _ name: Substring, _ file: String) -> Failure {
        Failure(
            .userUnknown, "the image has no \(kind) \"\(name)\" in its \(file)",
            fix: "name a \(kind) that is listed there, give its number, or create it in a step before")
    }

    private static func lines(_ bytes: [UInt8]) -> [[Substring]] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }

    /// Numbers as engines take them: 0 to 2³¹ − 1.
    private static func number(_ text: Substring) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt32(text),
            number <= UInt32(Int32.max)
        else { return nil }
        return number
    }
}
