import CLinux
import Glibc
package import SystemPackage

/// The kernel's clocks, in nanoseconds.
package enum SystemClock {
    /// Wall-clock time since 1970, to the nanosecond.
    package static var realtime: Int64 { read(CLOCK_REALTIME) }

    /// The wall-clock time file systems stamp with: that of the last tick.
    package static var coarseRealtime: Int64 { read(CLOCK_REALTIME_COARSE) }

    /// How far apart ticks of `coarseRealtime` are.
    package static var coarseTick: Int64 {
        var time = timespec()
        // SAFETY: `time` outlives the call.
        _ = unsafe clock_getres(CLOCK_REALTIME_COARSE, &time)
        return nanoseconds(time)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // SAFETY: `time` outlives the call; it can't fail for these clocks.
        _ = unsafe clock_gettime(clock, &time)
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Names this boot of the kernel, as 36 characters of a UUID: another one means the machine was started
    /// anew.
    package static func bootID() throws(Errno) -> String { try boot.get() }

    /// It does not change while a process lives.
    private static let boot: Result<String, Errno> = Result { () throws(Errno) in
        let file = try Descriptor.openFile("/proc/sys/kernel/random/boot_id")
        return String(decoding: try file.readAll(limit: 128).prefix { $0 > 0x20 }, as: UTF8.self)
    }
}
