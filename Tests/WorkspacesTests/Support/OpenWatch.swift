import Glibc
import Linux
import SystemPackage

/// Sees which files of some directories are opened, by whomever.
struct OpenWatch: ~Copyable {
    private let descriptor: Descriptor

    init(_ directories: [String]) throws(Errno) { descriptor = try OpenWatch.watch(directories) }

    private static func watch(_ directories: [String]) throws(Errno) -> Descriptor {
        let raw = inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC))
        guard raw >= 0 else { throw Errno(rawValue: errno) }
        let descriptor = Descriptor(adopting: raw)
        for directory in directories {
            // SAFETY: the string outlives the call.
            let watch = unsafe inotify_add_watch(raw, directory, UInt32(IN_OPEN))
            guard watch >= 0 else { throw Errno(rawValue: errno) }
        }
        return descriptor
    }

    /// Names of files that were opened since the last question; directories are not counted.
    func opened() throws(Errno) -> Set<String> {
        var names: Set<String> = []
        while true {
            let events: [UInt8]
            do {
                events = try descriptor.read(upTo: 1 << 16)
            } catch .resourceTemporarilyUnavailable {
                return names
            }
            add(events, to: &names)
        }
    }

    /// struct inotify_event: wd 0, mask 4, cookie 8, len 12, name 16.
    private func add(_ events: [UInt8], to names: inout Set<String>) {
        func number(at position: Int) -> UInt32 {
            events[position..<position + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        var position = 0
        while position + 16 <= events.count {
            let length = Int(number(at: position + 12))
            let name = events[position + 16..<position + 16 + length].prefix { $0 != 0 }
            if number(at: position + 4) & UInt32(IN_ISDIR) == 0 {
                names.insert(String(decoding: name, as: UTF8.self))
            }
            position += 16 + length
        }
    }
}
