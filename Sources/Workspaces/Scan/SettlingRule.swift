import Linux

/// Decides from a change time whether what was read of an entry is its state at one moment, T0.
///
/// T0 lies a tick of the coarse clock before the reading began. An entry last changed before T0 was not changed from T0 until
/// its status was read: every later change would have moved its change time to T0 or beyond.
struct SettlingRule: Sendable {
    enum Verdict {
        /// Unchanged since T0.
        case settled
        /// Changed at T0 or later: worth waiting for.
        case fresh
        /// The clock it is stamped with tells nothing about ours: read it until two readings are equal.
        case foreign
    }

    let moment: Int64
    private let now: Int64

    init(now: Int64 = SystemClock.coarseRealtime, tick: Int64 = SystemClock.coarseTick) {
        self.now = now
        moment = now - tick
    }

    /// For clocks of other machines, and file systems that stamp whole seconds (FAT: two).
    private static let foreignMargin: Int64 = 3_000_000_000

    func verdict(changed: Int64, on clock: FileSystemClock) -> Verdict {
        // Nothing but a file system that stamps whole seconds gets there more than once in a while.
        let isCoarse = changed % 1_000_000_000 == 0
        if clock.isOwn, !isCoarse {
            if changed < moment { return .settled }
            // From the future: the clock was set back.
            return changed <= now + SettlingRule.longestWait ? .fresh : .foreign
        }
        return changed < moment - SettlingRule.foreignMargin ? .settled : .foreign
    }

    /// Whether an entry was last changed so long before T0 that whatever changed it has ended.
    ///
    /// The clock is read when a `write` begins: for as long as it lasts, content may change behind the change time. What is
    /// stamped by another clock may be changing whatever its time says.
    func isCalm(changed: Int64, on clock: FileSystemClock) -> Bool {
        let isCoarse = changed % 1_000_000_000 == 0
        let margin = isCoarse ? SettlingRule.foreignMargin : SettlingRule.longestWrite
        return clock.isOwn && changed < moment - margin
    }

    /// One that waits for the disk included.
    private static let longestWrite: Int64 = 1_000_000_000

    /// How long to wait for a fresh entry to settle.
    static let longestWait: Int64 = 20_000_000
}

/// Whose clock a file system stamps changes with.
enum FileSystemClock: Sendable {
    /// This kernel's, to the tick or finer.
    case own
    /// As `own`, of a file system in memory: it writes nothing back, and so does not notice what is stored through a mapping.
    case ownInMemory
    case foreign
    /// No file system for files of a project: `/proc` and its kind.
    case none

    init(_ type: FileSystemType) {
        switch type.magic {
        case 0xEF53, 0x5846_5342, 0x9123_683E, 0x794C_7630, 0xF2F5_2010, 0x2FC1_2FC1, 0xCA45_1A4E:
            // ext4, xfs, btrfs, overlay, f2fs, zfs, bcachefs
            self = .own
        case 0x0102_1994, 0x8584_58F6:
            // tmpfs, ramfs
            self = .ownInMemory
        case 0x9FA0, 0x6265_6572, 0x0027_E0EB, 0x6367_7270, 0x6462_6720, 0x7472_6163, 0x7363_6673,
            0xCAFE_4A11,
            0x1CD1, 0x1980_0202, 0x4249_4E4D, 0x6165_676C, 0x6265_6570, 0x6E73_6673, 0x0919_0919:
            // proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, devpts, mqueue, binfmt_misc, pstore,
            // configfs, nsfs
            self = .none
        default: self = .foreign
        }
    }

    var isOwn: Bool { self == .own || self == .ownInMemory }
}
