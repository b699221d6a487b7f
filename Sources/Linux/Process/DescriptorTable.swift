import Glibc
package import SystemPackage

/// The process's table of open files.
package enum DescriptorTable {
    /// Lets the process have as many descriptors as its hard limit says, and makes room for `count` of them now, at 8 bytes
    /// each.
    ///
    /// The kernel doubles the table whenever it is full, and in a process with several threads each time waits for a grace
    /// period: ten milliseconds and more on a busy machine, for whoever opened the one file too many and all who
    /// open one meanwhile.
    package static func prepare(for count: Int) throws(Errno) {
        let openFiles = CInt(bitPattern: RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        // SAFETY: the limit outlives both calls.
        _ = try systemCall { unsafe getrlimit(openFiles, &limit) }
        limit.rlim_cur = limit.rlim_max
        _ = try systemCall { unsafe setrlimit(openFiles, &limit) }
        let root = try Directory(opening: "/")
        let last = CInt(clamping: min(UInt64(count), UInt64(limit.rlim_cur))) - 1
        _ = Descriptor(adopting: try systemCall { fcntl(root.descriptor.raw, F_DUPFD_CLOEXEC, last) })
    }
}
