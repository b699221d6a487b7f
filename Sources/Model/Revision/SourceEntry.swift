/// What a revision holds at one path: type, mode and content. Never owner or times.
package enum SourceEntry: Hashable, Sendable, Codable {
    /// `mode` has permission, setuid, setgid and sticky bits (07777).
    case file(mode: UInt16, content: Digest)
    /// `target` is the digest of the link's text.
    case link(target: Digest)
    /// The entry itself, not what lies below it.
    case directory(mode: UInt16)

    package var kind: Kind {
        switch self {
        case .file: .file
        case .link: .link
        case .directory: .directory
        }
    }

    /// Links have no mode of their own on Linux.
    package var mode: UInt16 {
        switch self {
        case .file(let mode, _), .directory(let mode): mode
        case .link: 0o777
        }
    }

    package enum Kind: UInt8, Hashable, Sendable, Codable {
        case file = 1
        case link = 2
        case directory = 3
    }
}
