import Linux
import SystemPackage

/// An overlay made and taken down: put onto a directory and unmounted as a lease's is, or never attached as a step's.
struct OverlayCycle: BenchmarkSubject {
    private let scratch: SharedDirectory
    private let target: String
    private let lowers: [OverlayLower]
    private let mounter: OverlayMounter
    private let isAttached: Bool

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
        // Scratch of an overlay must be fresh for every mount; making it is not what is measured.
        for name in ["upper", "work"] { try scratch.directory.createDirectory(name) }
        try await driver.time { try run(OverlayUpper(in: scratch, name: "upper", workName: "work")) }
        for name in ["upper", "work"] { try scratch.directory.removeTree(name) }
    }

    private func run(_ upper: OverlayUpper) throws {
        let mount = try mounter.mount(OverlaySpecification(lowers: lowers, upper: upper))
        guard isAttached else { return }
        let attached = try mount.attach(at: target)
        guard case .done = try attached.unmount() else { throw Errno.resourceBusy }
    }
}
