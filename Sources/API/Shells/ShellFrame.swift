package import Model

/// What goes over a shell's connection once it has been switched from HTTP, in either direction:
/// `{ u8 kind; u32 length, big-endian; bytes }`, as `docs/shell-protocol.md` describes it.
package enum ShellFrame: Hashable, Sendable {
    // To the shell
    case input([UInt8])
    case endOfInput
    case resize(TerminalSize)
    // From the shell
    case output([UInt8])
    case errors([UInt8])
    /// A line for the one who works in it.
    case note(String)
    /// The last frame: the shell's exit status.
    case exit(Int32)
    /// The last frame: why there is no exit status.
    case failure(Failure)

    /// In the `Upgrade` field of request and answer.
    package static let protocolName = "varve-shell"
    package static let longest = 64 << 10

    private enum Kind: UInt8 {
        case input = 1
        case endOfInput = 2
        case resize = 3
        case output = 16
        case errors = 17
        case note = 18
        case exit = 19
        case failure = 20
    }

    /// As it is sent. Data longer than `longest` has to be cut by the caller.
    package var bytes: [UInt8] {
        let (kind, payload) = content
        let length = UInt32(payload.count)
        return [kind.rawValue] + Self.bigEndian(length) + payload
    }

    private var content: (Kind, [UInt8]) {
        switch self {
        case .input(let bytes): (.input, bytes)
        case .endOfInput: (.endOfInput, [])
        case .resize(let size): (.resize, Self.bigEndian(size.rows) + Self.bigEndian(size.columns))
        case .output(let bytes): (.output, bytes)
        case .errors(let bytes): (.errors, bytes)
        case .note(let text): (.note, Array(text.utf8.prefix(Self.longest)))
        case .exit(let status): (.exit, Self.bigEndian(UInt32(bitPattern: status)))
        case .failure(let failure): (.failure, (try? JSONCoding.encode(Wire.Problem(failure))) ?? [])
        }
    }

    /// Nil for a kind that is not known, which is ignored.
    ///
    /// - Throws: `bad-request` for a frame of a known kind with a content that is none of its.
    init?(kind: UInt8, payload: [UInt8]) throws(Failure) {
        guard let kind = Kind(rawValue: kind) else { return nil }
        switch kind {
        case .input: self = .input(payload)
        case .endOfInput: self = .endOfInput
        case .resize:
            guard payload.count == 4 else { throw Self.malformed }
            self = .resize(
                TerminalSize(
                    rows: UInt16(payload[0]) << 8 | UInt16(payload[1]),
                    columns: UInt16(payload[2]) << 8 | UInt16(payload[3])))
        case .output: self = .output(payload)
        case .errors: self = .errors(payload)
        case .note: self = .note(String(decoding: payload, as: UTF8.self))
        case .exit:
            guard payload.count == 4 else { throw Self.malformed }
            self = .exit(Int32(bitPattern: payload.reduce(0) { $0 << 8 | UInt32($1) }))
        case .failure:
            self = .failure(
                try JSONCoding.decode(Wire.Problem.self, from: payload, unknownMembers: .ignored).failure)
        }
    }

    static let malformed = Failure(
        .badRequest, "a frame of the shell's stream is malformed", fix: "see docs/shell-protocol.md")

    private static func bigEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// Puts frames together again, however the bytes come.
package struct ShellFrameReader: Sendable {
    private var bytes: [UInt8] = []
    private var position = 0

    package init() {}

    package mutating func append(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(position)
        position = 0
        bytes.append(contentsOf: more)
    }

    /// Nil until more has come.
    ///
    /// - Throws: `bad-request` for a frame that is too long or malformed.
    package mutating func next() throws(Failure) -> ShellFrame? {
        while bytes.count - position >= 5 {
            let length = bytes[(position + 1)..<(position + 5)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= ShellFrame.longest else { throw ShellFrame.malformed }
            guard bytes.count - position >= 5 + length else { return nil }
            let (kind, start) = (bytes[position], position + 5)
            position = start + length
            if let frame = try ShellFrame(kind: kind, payload: Array(bytes[start..<position])) {
                return frame
            }
        }
        return nil
    }
}
