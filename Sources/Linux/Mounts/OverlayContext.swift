import Glibc
import SystemPackage

/// An overlay in the making (`fsopen`), which remembers what the kernel had to say.
struct OverlayContext: ~Copyable {
    private let descriptor: Descriptor

    /// What mount tables show as the device; `varve-supervise` knows overlays by it.
    static let source = "varve"

    private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    static func open() throws(OverlayError) -> OverlayContext {
        // SAFETY: the name is a constant.
        let descriptor = try overlayOperation("opening an overlay context") { () throws(Errno) in
            Descriptor(adopting: try systemCall { unsafe fsopen("overlay", UInt32(FSOPEN_CLOEXEC)) })
        }
        let context = OverlayContext(descriptor)
        try context.set("source", to: source, "naming the overlay")
        return context
    }

    func set(_ key: String, to value: String, _ operation: @autoclosure () -> String) throws(OverlayError) {
        // SAFETY: both strings outlive the call.
        try perform(operation()) {
            unsafe fsconfig(descriptor.raw, FSCONFIG_SET_STRING.rawValue, key, value, 0)
        }
    }

    func set(_ key: String, to directory: CInt, _ operation: @autoclosure () -> String) throws(OverlayError) {
        // SAFETY: the string outlives the call.
        try perform(operation()) {
            unsafe fsconfig(descriptor.raw, FSCONFIG_SET_FD.rawValue, key, nil, directory)
        }
    }

    func set(_ flag: String) throws(OverlayError) {
        // SAFETY: the string outlives the call.
        try perform("setting the option \(flag)") {
            unsafe fsconfig(descriptor.raw, FSCONFIG_SET_FLAG.rawValue, flag, nil, 0)
        }
    }

    func mount(_ attributes: MountAttributes) throws(OverlayError) -> DetachedMount {
        try perform("making the overlay") {
            fsconfig(descriptor.raw, FSCONFIG_CMD_CREATE.rawValue, nil, nil, 0)
        }
        let mount = try perform("mounting the overlay") {
            fsmount(descriptor.raw, UInt32(FSMOUNT_CLOEXEC), UInt32(attributes.rawValue))
        }
        return DetachedMount(adopting: Descriptor(adopting: mount))
    }

    @discardableResult
    private func perform(
        _ operation: @autoclosure () -> String, _ call: () -> CInt
    ) throws(OverlayError) -> CInt {
        do {
            return try systemCall(call)
        } catch {
            throw OverlayError(operation(), error, kernelMessage: messages())
        }
    }

    /// The kernel's sentences since the last reading, without its prefixes; `nil` if it has none.
    private func messages() -> String? {
        var sentences: [String] = []
        // One message each read; ENODATA after the last.
        while let line = try? descriptor.read(upTo: 4096), !line.isEmpty {
            var sentence = Substring(String(decoding: line, as: UTF8.self))
            for prefix in ["e ", "w ", "i ", "overlay: "] where sentence.hasPrefix(prefix) {
                sentence = sentence.dropFirst(prefix.count)
            }
            sentences.append(sentence.filter { $0 != "\n" })
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
    }
}
