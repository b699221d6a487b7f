import Foundation
import Testing

/// `varve shell` on a terminal of its own, driven by a script of waits and keys.
struct ShellTerminal: Sendable {
    let play: Playground

    /// One thing the person at the terminal does.
    enum Act: Sendable {
        /// Waits until this was shown, behind what was waited for before.
        case see(String)
        case type(String)
        case resize(rows: Int, columns: Int)
        /// Sends a signal to the client.
        case signal(Int32)

        fileprivate var words: [String] {
            switch self {
            case .see(let text): ["see", text]
            case .type(let text): ["type", text]
            case .resize(let rows, let columns): ["resize", "\(rows) \(columns)"]
            case .signal(let number): ["signal", "\(number)"]
            }
        }
    }

    /// Runs the client until it ends.
    ///
    /// - Returns: what the terminal showed; on standard error, `raw` or `cooked` as the client left its terminal.
    func run(_ arguments: [String], _ acts: [Act], user: Int? = nil) async throws -> Output {
        let client = [Programs.varve, "shell"] + arguments
        let identity = user.map { ["setpriv", "--reuid=\($0)", "--regid=\($0)", "--groups=games"] } ?? []
        let script = acts.flatMap(\.words)
        return try await runProgram(
            "python3", ["-c", driver, "\(acts.count)"] + script + identity + client, in: play.project,
            environment: ["VARVE_SOCKET": play.socket, "TERM": "xterm", "LC_ALL": "C.UTF-8"])
    }

    private var driver: String {
        """
        import fcntl, os, pty, select, signal, struct, sys, termios
        count = int(sys.argv[1])
        acts = [(sys.argv[2 + 2 * i], sys.argv[3 + 2 * i]) for i in range(count)]
        command = sys.argv[2 + 2 * count:]
        terminal, other = pty.openpty()
        size = lambda rows, columns: fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        size(24, 60)
        child = os.fork()
        if child == 0:
            os.setsid()
            fcntl.ioctl(other, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(other, number)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.execvp(command[0], command)
        # `other` stays open here: what the terminal is set to can be asked when the client has gone.
        output, seen, end = b"", 0, os.pidfd_open(child)
        while True:
            while acts and (acts[0][0] != "see" or acts[0][1].encode() in output[seen:]):
                act, value = acts.pop(0)
                if act == "see":
                    seen = output.index(value.encode(), seen) + len(value.encode())
                elif act == "type":
                    os.write(terminal, value.encode())
                elif act == "resize":
                    size(*map(int, value.split()))
                else:
                    os.kill(child, int(value))
            ready = select.select([terminal, end], [], [], 100)[0]
            if terminal in ready:
                output += os.read(terminal, 65536)
            elif end in ready:
                break
            else:
                output += b"<nothing came, still waiting for " + repr(acts).encode() + b">"
                os.kill(child, signal.SIGKILL)
        cooked = termios.tcgetattr(other)[3] & (termios.ICANON | termios.ECHO)
        sys.stderr.write("cooked" if cooked == termios.ICANON | termios.ECHO else "raw")
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.buffer.write(output)
        sys.stdout.flush()
        sys.exit(128 - status if status < 0 else status)
        """
    }
}
