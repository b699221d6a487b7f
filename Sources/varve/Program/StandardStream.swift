import Glibc

/// Standard output or standard error.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns and rows of the terminal; `COLUMNS` and `LINES` come first, and 80 by 24 where nothing is
    /// known.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        // SAFETY: TIOCGWINSZ fills the structure it is given.
        let known = unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0
        func choose(_ variable: String, _ measured: UInt16, _ usual: Int) -> Int {
            if let given = ProcessEnvironment[variable].flatMap({ Int($0) }), given > 0 { return given }
            return known && measured > 0 ? Int(measured) : usual
        }
        return (choose("COLUMNS", size.ws_col, 80), choose("LINES", size.ws_row, 24))
    }

    /// Writes all of `bytes`.
    ///
    /// - Throws: `OutputClosed` when nobody reads any more, or nothing can be written.
    func write(_ bytes: [UInt8]) throws(OutputClosed) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer is read only during the call.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                // SAFETY: one structure, as said by the count.
                unsafe poll(&wait, 1, -1)
            } else if errno != EINTR {
                throw OutputClosed(isFull: errno == ENOSPC)
            }
        }
    }

    func write(_ text: String) throws(OutputClosed) { try write(Array(text.utf8)) }

    func writeLine(_ text: String) throws(OutputClosed) { try write(text + "\n") }
}

/// What is written goes nowhere any more.
struct OutputClosed: Error {
    /// Whether the device is full, rather than the reader gone.
    let isFull: Bool
}
