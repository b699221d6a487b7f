/// Text measured and cut by the columns it takes on a terminal.
enum DisplayText {
    /// Columns of `text`, which has no control characters.
    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    /// `text` in at most `columns`, with `ellipsis` where something is cut.
    static func fit(_ text: String, _ columns: Int, ellipsis: String) -> String {
        guard width(text) > columns else { return text }
        let room = columns - width(ellipsis)
        guard room >= 0 else { return "" }
        var used = 0
        let kept = text.prefix { character in
            used += width(character)
            return used <= room
        }
        return kept + ellipsis
    }

    /// `text` with spaces after it up to `columns`.
    static func pad(_ text: String, _ columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(text)))
    }

    /// `text` with spaces before it up to `columns`.
    static func padLeft(_ text: String, _ columns: Int) -> String {
        String(repeating: " ", count: max(0, columns - width(text))) + text
    }

    /// `words` joined by commas, in lines of at most `columns`; beyond `lines` of them the last says how many
    /// more.
    static func wrap(_ words: [String], columns: Int, lines limit: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, word) in words.enumerated() {
            let isLast = index == words.count - 1
            let piece = isLast ? word : word + ","
            let joined = line.isEmpty ? piece : line + " " + piece
            let more = isLast ? "" : " and \(words.count - index) more"
            let room = lines.count == limit - 1 ? columns - more.count : columns
            if line.isEmpty || width(joined) <= room {
                line = joined
                continue
            }
            guard lines.count < limit - 1 else {
                lines.append((line.hasSuffix(",") ? String(line.dropLast()) : line) + more)
                return lines
            }
            lines.append(line)
            line = piece
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static let reset = "\u{1b}[0m"

    /// Bytes of a step's output for a terminal: what moves the cursor or worse is left out, colours stay if
    /// `colors` says so and end with the line; of a line drawn over and over only the last state.
    static func safe(_ bytes: [UInt8], colors: Bool) -> String {
        let visible = bytes.split(separator: UInt8(ascii: "\r")).last ?? []
        var text = ""
        var isColored = false
        var scalars = String(decoding: visible, as: UTF8.self).unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar.value {
            case 0x1b:
                let sequence = sequence(&scalars)
                guard colors, !sequence.isEmpty else { continue }
                text += sequence
                isColored = sequence != reset && sequence != "\u{1b}[m"
            case 0x09: text += "    "
            default: if !isHarmful(scalar) { text.unicodeScalars.append(scalar) }
            }
        }
        return isColored ? text + reset : text
    }

    /// `text` without control characters; line ends become spaces.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0a, 0x0d: line.append(" ")
            default: if !isHarmful(scalar) { line.append(scalar) }
            }
        }
        return String(line)
    }

    /// As `oneLine`, line by line.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { oneLine(String($0)) }
            .joined(separator: "\n")
    }

    /// Whether a terminal would obey it, or show what comes after it in another order than it is written.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// What is kept of an escape sequence whose ESC has been read: all of one that sets colours, nothing of
    /// others.
    private static func sequence(_ scalars: inout Substring.UnicodeScalarView) -> String {
        switch scalars.first {
        case "[":
            scalars.removeFirst()
            let body = scalars.prefix { (0x20..<0x40).contains($0.value) }
            scalars = scalars.dropFirst(body.count)
            let final = scalars.popFirst()
            return final == "m" ? "\u{1b}[\(Substring(body))m" : ""
        case "]":
            // An operating system command goes on to BEL or ESC \.
            while let scalar = scalars.popFirst(), scalar.value != 7 {
                if scalar.value == 0x1b {
                    _ = scalars.popFirst()
                    break
                }
            }
            return ""
        default:
            _ = scalars.popFirst()
            return ""
        }
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.properties.isEmojiPresentation { return 2 }
        switch first.value {
        case 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: return 0
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
