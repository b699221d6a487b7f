/// What a reading of the disk means by the marks.
package struct DiskState: Sendable, Hashable {
    package enum Level: Int, Sendable, Hashable, Comparable, CaseIterable {
        case normal, warning, high
        /// Less is left than the reserve.
        case reserve
        /// Less is left than a quarter of the reserve.
        case exhausted

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        package var word: String {
            switch self {
            case .normal: "normal"
            case .warning: "warning"
            case .high: "high"
            case .reserve: "reserve"
            case .exhausted: "exhausted"
            }
        }
    }

    /// What can run out.
    package enum Resource: String, Sendable, Hashable, CaseIterable {
        case bytes, inodes, budget

        /// What something takes of it.
        package func part(of amount: DiskAmount) -> Int64 {
            switch self {
            case .bytes, .budget: amount.bytes
            case .inodes: amount.entries
            }
        }
    }

    /// One of them, and how full it is.
    package struct Share: Sendable, Hashable {
        package let resource: Resource
        package let total: Int64
        package let free: Int64
        /// What must be left of it for new steps.
        package let reserve: Int64
        package let level: Level

        package var used: Int64 { total - free }
        package var ratio: Double { total > 0 ? Double(used) / Double(total) : 1 }
    }

    /// Those there are; always the bytes.
    package let shares: [Share]
    /// What has to go for the low mark.
    package let excess: DiskAmount
    /// What the store may still take by its budget, of which some is kept back for what is written down of
    /// the step that is asked about. Below 0 if it takes more; nil without a budget.
    private let budgetRoom: Int64?

    package init(_ reading: DiskReading, by marks: DiskMarks) {
        func share(_ resource: Resource, total: Int64, free: Int64, reserve: Int64, part: Int64) -> Share {
            let free = min(max(free, 0), max(total, 0))
            let reserve = min(reserve, total / part)
            return Share(
                resource: resource, total: total, free: free, reserve: reserve,
                level: DiskState.level(total: total, free: free, reserve: reserve, marks))
        }
        var shares = [
            share(
                .bytes, total: reading.totalBytes, free: reading.freeBytes, reserve: marks.reserve.bytes,
                part: 20)
        ]
        if reading.totalInodes > 0 {
            shares.append(
                share(
                    .inodes, total: reading.totalInodes, free: reading.freeInodes,
                    reserve: DiskMarks.inodeReserve, part: 50))
        }
        if let budget = marks.budget {
            shares.append(
                share(
                    .budget, total: budget.bytes, free: budget.bytes - reading.storeBytes,
                    reserve: marks.reserve.bytes, part: 20))
        }
        self.shares = shares
        var excess = DiskAmount()
        for share in shares {
            // What is beyond a budget is not in the share, which ends at its total.
            let used =
                share.resource == .budget ? max(share.used, reading.storeBytes) : share.used
            let over = max(0, used - DiskState.part(of: share.total, percent: marks.low))
            switch share.resource {
            case .bytes, .budget: excess.bytes = max(excess.bytes, over)
            case .inodes: excess.entries = over
            }
        }
        self.excess = excess
        budgetRoom = marks.budget.map {
            $0.bytes - min(DiskState.recordRoom, $0.bytes / 64) - reading.storeBytes
        }
    }

    /// What the store takes beyond its budget.
    package var overrun: Int64 { overrun(adding: 0) }

    /// What the store takes beyond its budget with so many bytes more.
    package func overrun(adding bytes: Int64) -> Int64 { budgetRoom.map { max(0, bytes - $0) } ?? 0 }

    /// How much the catalog and a run's events grow at most by one step's end.
    private static let recordRoom: Int64 = 1 << 20

    /// So many bytes of the file system are left by what comes from outside: twice what is left when running
    /// steps begin to be ended.
    package var bytesToLeave: Int64 { shares.first { $0.resource == .bytes }.map { $0.reserve / 2 } ?? 0 }

    /// So many bytes may come from outside by the budget, so that twice as much is left of it as when running
    /// steps begin to be ended; below 0 if less is left already. Nil without a budget.
    package var roomForIncoming: Int64? {
        shares.first { $0.resource == .budget }.map { $0.free - $0.reserve / 2 }
    }

    /// The one that is fullest by the marks.
    package var tightest: Share { DiskState.tightest(of: shares) ?? shares[0] }

    /// The same of what the file system has.
    package var tightestOfFileSystem: Share {
        DiskState.tightest(of: shares.filter { $0.resource != .budget }) ?? shares[0]
    }

    private static func tightest(of shares: [Share]) -> Share? {
        shares.max { ($0.level, $0.ratio) < ($1.level, $1.ratio) }
    }

    package var level: Level { tightest.level }

    /// How full it is, for people.
    package var words: String {
        let share = tightest
        let percent = Int((share.ratio * 100).rounded(.down))
        return switch share.resource {
        case .bytes:
            "the store's file system is \(percent) % full (\(ByteSize(bytes: share.free)) of \(ByteSize(bytes: share.total)) free)"
        case .inodes:
            "the store's file system has \(share.free) of \(share.total) inodes left"
        case .budget:
            "the store has \(ByteSize(bytes: share.free)) of its budget of \(ByteSize(bytes: share.total)) left"
        }
    }

    private static func level(total: Int64, free: Int64, reserve: Int64, _ marks: DiskMarks) -> Level {
        let used = total - free
        if free < reserve / 4 || free == 0 { return .exhausted }
        if free < reserve { return .reserve }
        if used > part(of: total, percent: marks.high) { return .high }
        return used >= part(of: total, percent: marks.warning) ? .warning : .normal
    }

    /// Without the overflow that totals near 8 EiB would have.
    private static func part(of total: Int64, percent: Int) -> Int64 {
        total / 100 * Int64(percent) + total % 100 * Int64(percent) / 100
    }
}
