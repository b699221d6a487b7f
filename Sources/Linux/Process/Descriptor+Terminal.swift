import Glibc
package import SystemPackage

extension Descriptor {
    /// Tells a terminal, by either end, how large it is; its foreground processes get a SIGWINCH.
    package func setTerminalSize(rows: UInt16, columns: UInt16) throws(Errno) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        // SAFETY: TIOCSWINSZ reads the structure it is given.
        _ = try systemCall { unsafe ioctl(raw, UInt(TIOCSWINSZ), &size) }
    }

    /// Blocks until there is something to read from one of these, or its other end is gone; says of each whether.
    package static func waitUntilReadable(_ descriptors: [CInt]) throws(Errno) -> [Bool] {
        var states = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // SAFETY: the array has as many elements as is said.
        _ = try systemCall { unsafe poll(&states, nfds_t(states.count), -1) }
        return states.map { $0.revents != 0 }
    }
}
