/// A tar archive put together header by header, so that it can say what no program would write.
package struct TarBuilder {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// With the end mark.
    package var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    package mutating func file(_ name: String, _ text: String = "", mode: Int = 0o644) {
        entry(name, content: Array(text.utf8), mode: mode)
    }

    package mutating func directory(_ name: String, mode: Int = 0o755) { entry(name, type: "5", mode: mode) }

    package mutating func link(_ name: String, to target: String) { entry(name, type: "2", link: target) }

    package mutating func hardLink(_ name: String, to target: String) { entry(name, type: "1", link: target) }

    package mutating func device(_ name: String, _ major: Int, _ minor: Int, type: Character = "3") {
        entry(name, type: type, major: major, minor: minor)
    }

    /// - Parameters:
    ///   - size: what the header claims; the content's own by default.
    ///   - pax: an extended header before the entry.
    package mutating func entry(
        _ name: String, type: Character = "0", content: [UInt8] = [], link: String = "", mode: Int = 0o644,
        uid: Int = 0, gid: Int = 0, time: Int = 1_000_000_000, major: Int = 0, minor: Int = 0,
        size: Int? = nil, pax: [(String, [UInt8])] = []
    ) {
        if !pax.isEmpty { header("pax", "x", "", 0o644, 0, 0, 0, 0, 0, records(pax).count, records(pax)) }
        header(name, type, link, mode, uid, gid, time, major, minor, size ?? content.count, content)
    }

    /// Bytes as they are, between entries.
    package mutating func raw(_ more: [UInt8]) { bytes += more }

    private mutating func header(
        _ name: String, _ type: Character, _ link: String, _ mode: Int, _ uid: Int, _ gid: Int, _ time: Int,
        _ major: Int, _ minor: Int, _ size: Int, _ content: [UInt8]
    ) {
        var block: [UInt8] = []
        block += text(name, 100)
        block += octal(mode, 8) + octal(uid, 8) + octal(gid, 8) + number(size, 12) + octal(time, 12)
        block += [UInt8](repeating: 32, count: 8)
        block += Array(String(type).utf8) + text(link, 100) + text("ustar", 6) + Array("00".utf8)
        block += text("", 64) + octal(major, 8) + octal(minor, 8) + text("", 155) + text("", 12)
        let sum = block.reduce(0) { $0 + Int($1) }
        block.replaceSubrange(148..<156, with: octal(sum, 7) + [32])
        bytes += block + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private func text(_ text: String, _ count: Int) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(count))
        return bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }

    private func octal(_ value: Int, _ count: Int) -> [UInt8] {
        let digits = Array(String(value, radix: 8).utf8)
        return [UInt8](repeating: 48, count: count - 1 - digits.count) + digits + [0]
    }

    /// Beyond what octal digits hold: GNU's binary form.
    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        if value < 1 << 33 { return octal(value, count) }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        return [0x80] + [UInt8](repeating: 0, count: count - 9) + bytes
    }

    private func records(_ pax: [(String, [UInt8])]) -> [UInt8] {
        pax.flatMap { key, value -> [UInt8] in
            let rest = Array(" \(key)=".utf8) + value + [10]
            var length = rest.count + 1
            while length != rest.count + String(length).utf8.count {
                length = rest.count + String(length).utf8.count
            }
            return Array(String(length).utf8) + rest
        }
    }
}
