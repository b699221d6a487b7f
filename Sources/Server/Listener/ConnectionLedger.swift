import Linux
import Model
import NIOCore
import Synchronization

/// The connections and streams there are, counted against what there may be.
final class ConnectionLedger: Sendable {
    private let limits: ServerConfiguration.Limits
    private let state = Mutex(State())

    private struct State: Sendable {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Those over which no request has come yet.
        var fresh: Set<ObjectIdentifier> = []
        var isQuiescing = false
        var ofScope: [Scope: Int] = [:]
        var streams: [StreamKind: Int] = [:]
    }

    enum StreamKind: Sendable { case stream, archive, upload }

    /// What becomes of a new connection.
    enum Admission: Sendable {
        case served
        /// It gets this as the answer to its first request, and is closed.
        case refused(Failure)
        /// There are too many that are being refused.
        case dropped
    }

    init(limits: ServerConfiguration.Limits) { self.limits = limits }

    /// Counts a connection, unless it is dropped.
    func admit(_ channel: any Channel, of caller: Caller) -> Admission {
        let scope = caller.scope
        return state.withLock { state in
            let (all, own) = (state.channels.count, state.ofScope[scope, default: 0])
            let reserve = caller.hasReserve ? 64 : 0
            guard all < 2 * limits.connections + reserve else { return .dropped }
            state.channels[ObjectIdentifier(channel)] = channel
            state.fresh.insert(ObjectIdentifier(channel))
            state.ofScope[scope] = own + 1
            if all >= limits.connections + reserve {
                return .refused(ConnectionLedger.tooMany("\(limits.connections) connections"))
            }
            if !caller.hasReserve, own >= limits.connectionsOfOneUser {
                return .refused(
                    ConnectionLedger.tooMany("\(limits.connectionsOfOneUser) connections of \(scope)"))
            }
            return .served
        }
    }

    func remove(_ channel: any Channel, of caller: Caller) {
        let scope = caller.scope
        state.withLock { state in
            state.fresh.remove(ObjectIdentifier(channel))
            guard state.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil else { return }
            let left = state.ofScope[scope, default: 1] - 1
            state.ofScope[scope] = left > 0 ? left : nil
        }
    }

    /// - Throws: `too-many`.
    func take(_ kind: StreamKind) throws(Failure) -> StreamPermit {
        let (most, words) =
            switch kind {
            case .stream: (limits.streams, "streams")
            case .archive: (limits.archives, "archives under way")
            case .upload: (limits.uploads, "uploads under way")
            }
        try state.withLock { state throws(Failure) in
            let present = state.streams[kind, default: 0]
            guard present < most else {
                throw ConnectionLedger.tooMany("\(most) \(words)")
            }
            state.streams[kind] = present + 1
        }
        return StreamPermit { [self] in state.withLock { $0.streams[kind, default: 1] -= 1 } }
    }

    var counts: (connections: Int, streams: Int) {
        state.withLock { ($0.channels.count, $0.streams.values.reduce(0, +)) }
    }

    /// A request has come over the connection.
    func noteRequest(over channel: any Channel) {
        let isLate = state.withLock { state in
            state.fresh.remove(ObjectIdentifier(channel)) != nil && state.isQuiescing
        }
        if isLate { Self.quiesce(channel) }
    }

    /// Closes what is idle now, and the rest behind the answers under way.
    ///
    /// Who has just connected is about to ask something, and is answered first.
    func quiesce() {
        let known = state.withLock { state in
            state.isQuiescing = true
            return state.channels.filter { !state.fresh.contains($0.key) }.values
        }
        for channel in known { Self.quiesce(channel) }
    }

    private static func quiesce(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    func closeAll() {
        for channel in channels { channel.close(promise: nil) }
    }

    private var channels: [any Channel] { state.withLock { Array($0.channels.values) } }

    private static func tooMany(_ what: String) -> Failure {
        Failure(.tooMany, "there are \(what) already", fix: "try again when some have ended")
    }
}

/// One of the streams there may be at once, until it is let go.
final class StreamPermit: Sendable {
    private let giveBack: @Sendable () -> Void

    fileprivate init(_ giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    deinit { giveBack() }
}
