import Glibc
import Model
import Synchronization

/// Standard input as a terminal whose keys go unread to somebody else, until it is put back as it was.
final class RawTerminal: Sendable {
    private let before: Mutex<termios?>

    /// Nil where standard input is no terminal.
    init?() {
        var present = termios()
        // SAFETY: the call fills the structure it is given.
        guard unsafe tcgetattr(0, &present) == 0 else { return nil }
        before = Mutex(present)
        // SAFETY: both calls use the structure for their own time only.
        unsafe cfmakeraw(&present)
        _ = unsafe tcsetattr(0, TCSADRAIN, &present)
    }

    deinit { restore() }

    /// May be called by whoever ends the program, more than once.
    func restore() {
        before.withLock { before in
            // SAFETY: the structure is the one that was read.
            if var settings = before { _ = unsafe tcsetattr(0, TCSADRAIN, &settings) }
            before = nil
        }
    }

    /// Rows and columns now.
    static var size: TerminalSize {
        var size = winsize()
        // SAFETY: TIOCGWINSZ fills the structure it is given.
        guard unsafe ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return TerminalSize(rows: 24, columns: 80)
        }
        return TerminalSize(rows: size.ws_row, columns: size.ws_col)
    }
}
