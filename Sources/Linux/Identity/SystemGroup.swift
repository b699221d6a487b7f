import Glibc

/// The system's groups, by name.
package enum SystemGroup {
    /// The number of the group; nil if there is none of that name. A number in digits is itself.
    package static func identifier(named name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 4096)
        while true {
            // SAFETY: all four outlive the call, and the entry's strings, which lie in `buffer`, are not used.
            let error = unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found)
            // A group with many members wants more room.
            guard error == ERANGE, buffer.count < 1 << 22 else { break }
            buffer = [CChar](repeating: 0, count: buffer.count * 4)
        }
        return unsafe found == nil ? nil : entry.gr_gid
    }
}
