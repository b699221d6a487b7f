import Model
import NIOCore
import Synchronization

/// A socket the API is served on, with what it makes of those who call there.
package final class Listener: Sendable {
    package let rule: ListenerRule
    private let file: SocketFile?
    private let state: Mutex<State>

    private struct State: ~Copyable, Sendable {
        var socket: ListeningSocket?
        var channel: (any Channel)?
        var isOpen = false
    }

    package init(_ socket: consuming ListeningSocket, _ rule: ListenerRule = ListenerRule()) {
        self.rule = rule
        file = socket.file
        state = Mutex(State(socket: socket))
    }

    /// The listening descriptor, to be closed by the caller; nil when it was given before.
    func takeSocket() -> CInt? {
        guard let socket = state.withLock({ $0.socket.take() }) else { return nil }
        return socket.release()
    }

    func isServed(by channel: any Channel) {
        state.withLock { state in
            state.channel = channel
            state.isOpen = true
        }
    }

    /// Connections are accepted, or are meant to be.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Closes a socket that was not served yet, and removes the file of any that was not retired before.
    ///
    /// Gives the channel that serves it, which is the caller's to quiesce.
    func retire() -> (any Channel)? {
        let (channel, isUnused) = state.withLock { state in
            let socket = state.socket.take()
            let channel = state.isOpen ? state.channel : nil
            state.isOpen = false
            return (channel, socket != nil)
        }
        if channel != nil || isUnused { file?.remove() }
        return channel
    }

    /// Waits until the last connection there will be is served.
    func isClosed() async {
        guard let channel = state.withLock({ $0.channel }) else { return }
        try? await channel.closeFuture.get()
    }
}
