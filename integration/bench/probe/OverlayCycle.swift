import Linux
import SystemPackage

/// An overlay made and taken down: put onto a directory and unmounted as a lease's is, or never attached as a step's.
struct OverlayCycle: BenchmarkSubject {
    private let scratch: SharedDirectory
    private let target: String
    private let lowers: [OverlayLower]
    private let mounter: OverlayMounter
    private let isAttached: Bool
    /// Cycles in a round, whose median counts.
    private let cycles = 20

    init(in path: String, lowers count: Int, isAttached: Bool) throws {
        let scratch = try Directory(opening: path)
        mounter = OverlayMounter(try OverlaySupport.probe(in: scratch))
        var lowers: [OverlayLower] = []
        for number in 1...count {
            try scratch.createDirectory("lower\(number)")
            lowers.append(OverlayLower(SharedDirectory(try scratch.openDirectory("lower\(number)"))))
        }
        try scratch.createDirectory("target")
        self.lowers = lowers
        self.scratch = SharedDirectory(scratch)
        self.isAttached = isAttached
        target = path + "/target"
    }

    func round(_ driver: borrowing Driver) async throws {
        var times: [Duration] = []
        for cycle in 1...cycles {
            // Scratch of an overlay must be fresh for every mount; making it is not what is measured.
            for name in ["upper\(cycle)", "work\(cycle)"] { try scratch.directory.createDirectory(name) }
            let start = ContinuousClock.now
            try run(OverlayUpper(in: scratch, name: "upper\(cycle)", workName: "work\(cycle)"))
            times.append(start.duration(to: .now))
            for name in ["upper\(cycle)", "work\(cycle)"] { try scratch.directory.removeTree(name) }
        }
        try driver.say(times.sorted()[cycles / 2])
    }

    private func run(_ upper: OverlayUpper) throws {
        let mount = try mounter.mount(OverlaySpecification(lowers: lowers, upper: upper))
        guard isAttached else { return }
        let attached = try mount.attach(at: target)
        guard case .done = try attached.unmount() else { throw Errno.resourceBusy }
    }
}
