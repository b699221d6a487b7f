import CLinux
import Glibc
import SystemPackage

/// A private mount namespace in which an overlay's layers have short names, for `mount(2)`.
///
/// `mount(2)` has one page for all options, takes layers of its own namespace only, and needs a place to
/// mount on. Here each layer is attached on a small tmpfs under its number, and the overlay leaves as a
/// detached clone; the namespace ends with its thread.
struct OverlayStage: ~Copyable {
    private var held = DescriptorList()
    private var lowers: [CInt] = []
    private var upper: (parent: CInt, name: String, workName: String)?

    init() {}

    mutating func addLower(_ layer: consuming DetachedMount) {
        lowers.append(held.hold(Descriptor(adopting: layer.release())))
    }

    mutating func setUpper(_ parent: consuming DetachedMount, name: String, workName: String) {
        upper = (held.hold(Descriptor(adopting: parent.release())), name, workName)
    }

    consuming func mount(nullUUID: Bool) throws(OverlayError) -> DetachedMount {
        let options = try options(nullUUID: nullUUID)
        var layers: [(name: String, mount: CInt)] = []
        for (index, lower) in lowers.enumerated() { layers.append((String(index), lower)) }
        if let upper { layers.append(("u", upper.parent)) }
        let staged = layers
        let outcome = Thread.run { () -> Result<CInt, OverlayError> in
            Result { () throws(OverlayError) in try Self.mountHere(staged, options) }
        }
        guard let outcome else {
            throw OverlayError("starting a thread to mount on", .resourceTemporarilyUnavailable)
        }
        return DetachedMount(adopting: Descriptor(adopting: try outcome.get()))
    }

    private func options(nullUUID: Bool) throws(OverlayError) -> String {
        var options = ["lowerdir=" + lowers.indices.map(String.init).joined(separator: ":")]
        if let upper {
            for name in [upper.name, upper.workName] where name.contains(where: { ",:\\/".contains($0) }) {
                throw OverlayError("\(name) can't stand in mount options", .invalidArgument)
            }
            options += ["upperdir=u/\(upper.name)", "workdir=u/\(upper.workName)"]
        }
        options += OverlayOptions.values(nullUUID: nullUUID).map { "\($0.key)=\($0.value)" }
        options += OverlayOptions.flags(hasUpper: upper != nil)
        let joined = options.joined(separator: ",")
        // The kernel cuts what is longer without a word.
        guard joined.utf8.count < Int(sysconf(CInt(_SC_PAGESIZE))) else {
            throw OverlayError("fitting \(lowers.count) layers into a page of options", .argListTooLong)
        }
        return joined
    }

    /// Runs on a thread that ends afterwards, and its namespace with it.
    private static func mountHere(
        _ layers: [(name: String, mount: CInt)], _ options: String
    ) throws(OverlayError) -> CInt {
        try overlayOperation("making a private mount namespace") { () throws(Errno) in
            _ = try systemCall { linux_unshare_mounts() }
        }
        // /proc is there on every host that gets this far, and of no use to this thread any more.
        // SAFETY: all strings are constants, or outlive the calls.
        try overlayOperation("staging the layers") { () throws(Errno) in
            _ = try systemCall { unsafe Glibc.mount("varve", "/proc", "tmpfs", 0, "mode=700") }
            _ = try systemCall { unsafe chdir("/proc") }
            _ = try systemCall { unsafe mkdir("m", 0o700) }
        }
        let flags = UInt32(MOVE_MOUNT_F_EMPTY_PATH)
        for layer in layers {
            try overlayOperation("staging layer \(layer.name)") { () throws(Errno) in
                _ = try systemCall { unsafe mkdir(layer.name, 0o700) }
                _ = try systemCall { unsafe move_mount(layer.mount, "", AT_FDCWD, layer.name, flags) }
            }
        }
        try overlayOperation("mounting an overlay of \(layers.count) layers") { () throws(Errno) in
            _ = try systemCall { unsafe Glibc.mount(OverlayContext.source, "m", "overlay", 0, options) }
        }
        return try overlayOperation("taking the overlay out of its namespace") { () throws(Errno) in
            try systemCall { unsafe open_tree(AT_FDCWD, "m", UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC)) }
        }
    }
}
