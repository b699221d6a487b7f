import Glibc
import Model
import NIOCore

extension Failure {
    /// Why no connection to `socket` can be made, and the remedy.
    static func unreachable(socket: String, _ error: any Error) -> Failure {
        guard let errno = (error as? IOError)?.errnoCode else {
            return Failure(
                .unreachable, "cannot connect to the socket \(socket): \(words(for: error))",
                fix: "name the socket of a running varved with --socket or VARVE_SOCKET")
        }
        switch errno {
        case ENOENT, ENOTDIR:
            return Failure(
                .unreachable, "there is no socket \(socket)",
                fix: "start varved (systemctl start varved), or name its socket with --socket or VARVE_SOCKET"
            )
        case EACCES, EPERM:
            return Failure(
                .unreachable, "no permission to use the socket \(socket)",
                fix: "become a member of group varve (usermod -aG varve USER, then log in again), or be root")
        case ECONNREFUSED:
            return Failure(
                .unreachable, "nobody listens on the socket \(socket)",
                fix: "start varved (systemctl start varved); journalctl -u varved says why it ended")
        case EAGAIN:
            return Failure(
                .unreachable, "the daemon behind \(socket) takes no more connections now",
                fix: "try again; journalctl -u varved says whether it is stuck")
        default:
            return Failure(
                .unreachable,
                "cannot connect to the socket \(socket): \(unsafe String(cString: strerror(errno)))",
                fix: "name the socket of a running varved with --socket or VARVE_SOCKET")
        }
    }

    /// A daemon that is connected but does not answer.
    static func silent(socket: String, for patience: Duration) -> Failure {
        Failure(
            .unreachable,
            "the daemon behind \(socket) did not answer within \(patience.components.seconds) s",
            fix: "see journalctl -u varved, and restart it if it is stuck")
    }

    /// A daemon that went away in the middle of an answer.
    static func lost(socket: String) -> Failure {
        Failure(
            .unreachable, "the daemon behind \(socket) ended the connection in the middle of an answer",
            fix: "see whether it still runs (systemctl status varved), and try again")
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no answer within 5 s"
        case is SocketAddressError: "its path is longer than the 107 bytes a socket may have"
        default: "\(error)"
        }
    }
}
