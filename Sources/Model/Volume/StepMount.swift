/// Something that a step has beside its file system and its workspace.
package enum StepMount: Hashable, Sendable, Codable {
    case volume(VolumeMount)
    case secret(SecretMount)
    case temporary(TemporaryMount)

    /// Of one step.
    package static let most = 16
}

/// A cache volume at its places in a step: several places are one unit, with one version.
package struct VolumeMount: Hashable, Sendable, Codable {
    package var name: ResourceName
    /// Where its directories are, from the root and without a leading slash, in the order of their bytes. Which is
    /// the first decides which of a version's directories belongs where.
    package var targets: [EntryPath]
    package var over: Ground
    package var write: Keeping
    /// Nil for the latest version, whatever its key.
    package var key: VolumeKey?
    /// Tried in order by prefix when nothing has the key.
    package var restoreKeys: [VolumeKey]
    /// For leases; the daemon takes what a run's step left once its last process is gone.
    package var quiesce: Quiesce?

    package init(
        name: ResourceName, targets: [EntryPath], over: Ground = .image, write: Keeping = .last,
        key: VolumeKey? = nil, restoreKeys: [VolumeKey] = []
    ) {
        self.name = name
        self.targets = targets.sorted()
        self.over = over
        self.write = write
        self.key = key
        self.restoreKeys = restoreKeys
    }

    /// Commands for whoever holds a lease: its daemons outside of the step's processes let go of the volume, and take
    /// it up again.
    package struct Quiesce: Hashable, Sendable, Codable {
        /// To be run before the commit.
        package var before: String?
        /// To be run after it, whatever it came to.
        package var after: String?

        package init(before: String?, after: String?) {
            self.before = before
            self.after = after
        }

        /// In bytes, of each.
        package static let longest = 4096
    }

    /// What shows through where the volume has nothing.
    package enum Ground: String, Hashable, Sendable, Codable, CaseIterable {
        /// What the step would see there without the volume.
        case image
        case empty
    }

    /// What a step that passed leaves behind.
    package enum Keeping: String, Hashable, Sendable, Codable, CaseIterable {
        /// What the step saw at its end; what others added meanwhile is not in it.
        case last
        /// What others added meanwhile, and above it what the step did.
        case union
        case never
    }

    /// Of one volume.
    package static let mostTargets = 16
    package static let mostRestoreKeys = 10
}

/// A value that the step gets and nobody else sees.
package struct SecretMount: Hashable, Sendable, Codable {
    /// A file name: at most 100 bytes of letters, digits, `.`, `_` and `-`, without a leading dot.
    package var name: String
    /// The environment variable that has the value; nil for a file below `/run/secrets`.
    package var variable: String?

    package init(name: String, variable: String?) {
        self.name = name
        self.variable = variable
    }

    /// Where files with secrets are.
    package static let directory = EntryPath(unchecked: Array("run/secrets".utf8))

    /// What `isName` wants, for people.
    package static let nameRule = "1 to 100 of the characters A-Z a-z 0-9 . _ -, not beginning with a dot"

    package static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: ".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }

    /// Of one value, in bytes.
    package static let largest = 64 << 10
}

/// An empty directory in memory, gone with the step.
package struct TemporaryMount: Hashable, Sendable, Codable {
    package var target: EntryPath
    /// Nil for half of the machine's memory, as the kernel has it.
    package var size: ByteSize?

    package init(target: EntryPath, size: ByteSize?) {
        self.target = target
        self.size = size
    }
}

extension StepMount {
    /// The directories of a step on which this is put, from the root and without a leading slash.
    package var targets: [EntryPath] {
        switch self {
        case .volume(let volume): volume.targets
        case .temporary(let mount): [mount.target]
        case .secret(let secret): secret.variable == nil ? [SecretMount.directory] : []
        }
    }

    /// As it is called in messages.
    package var title: String {
        switch self {
        case .volume(let volume): "volume \(volume.name)"
        case .secret(let secret): "secret \(secret.name)"
        case .temporary(let mount): "tmpfs /\(mount.target)"
        }
    }

    /// What of it is part of a step's identity: names, targets and options, never contents, values or keys.
    package var identity: (name: String, value: String) {
        switch self {
        case .volume(let volume):
            let targets = volume.targets.map { "/" + Self.word(Self.text($0)) }.joined(separator: " ")
            return (title, "\(targets) over=\(volume.over.rawValue) write=\(volume.write.rawValue)")
        case .secret(let secret):
            return (title, secret.variable.map { "env \($0)" } ?? "/\(SecretMount.directory)/\(secret.name)")
        case .temporary(let mount):
            return (
                "tmpfs /" + Self.text(mount.target), mount.size.map { "size=\($0.bytes)" } ?? "no size"
            )
        }
    }

    /// Targets are text; as they are shown to people, two may look alike.
    private static func text(_ target: EntryPath) -> String { String(decoding: target.bytes, as: UTF8.self) }

    /// One of several that are told apart by the spaces between them.
    private static func word(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
    }
}
