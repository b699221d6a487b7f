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
        /// Those that are only there to be told that there are too many.
        var turnedAway: Set<ObjectIdentifier> = []
        var isQuiescing = false
        var served = ScopeTally()
        var refused = ScopeTally()
        var streams: [StreamKind: ScopeTally] = [:]
    }

    enum StreamKind: Sendable { case stream, archive, upload }

    /// What becomes of a new connection.
    enum Admission: Sendable {
        case served
        /// It gets this as the answer to its first request, and is closed.
        case refused(Failure)
        /// There are too many that are being refused already.
        case dropped
    }

    init(limits: ServerConfiguration.Limits) {
        self.limits = limits
    }

    /// Counts a connection, unless it is dropped. Those that are refused take nobody's place.
    func admit(_ channel: any Channel, of caller: Caller) -> Admission {
        let (id, scope) = (ObjectIdentifier(channel), caller.scope)
        return state.withLock { state in
            let failure = refusal(of: caller, beside: state.served)
            let mayBeTold =
                state.refused.all < limits.connections && state.refused[scope] < limits.refusalsOfOneUser
            guard failure == nil || mayBeTold else { return .dropped }
            state.channels[id] = channel
            state.fresh.insert(id)
            guard let failure else {
                state.served.add(scope)
                return .served
            }
            state.refused.add(scope)
            state.turnedAway.insert(id)
            return .refused(failure)
        }
    }

    private func refusal(of caller: Caller, beside served: ScopeTally) -> Failure? {
        let (scope, most) = (caller.scope, limits.connectionsOfOneUser)
        if served.all >= limits.connections + (caller.hasReserve ? 64 : 0) {
            return ConnectionLedger.tooMany("\(limits.connections) connections")
        }
        if !caller.hasReserve, served[scope] >= most {
            return ConnectionLedger.tooMany("\(most) connections of \(scope)")
        }
        return nil
    }

    func remove(_ channel: any Channel, of caller: Caller) {
        let (id, scope) = (ObjectIdentifier(channel), caller.scope)
        state.withLock { state in
            state.fresh.remove(id)
            guard state.channels.removeValue(forKey: id) != nil else { return }
            if state.turnedAway.remove(id) == nil {
                state.served.remove(scope)
            } else {
                state.refused.remove(scope)
            }
        }
    }

    /// One more of `scope`, which may have half of what there may be of the kind.
    ///
    /// - Throws: `too-many`.
    func take(_ kind: StreamKind, of scope: Scope) throws(Failure) -> StreamPermit {
        let (most, words) =
            switch kind {
            case .stream: (limits.streams, "streams")
            case .archive: (limits.archives, "archives under way")
            case .upload: (limits.uploads, "uploads and imports under way")
            }
        try state.withLock { state throws(Failure) in
            let present = state.streams[kind, default: ScopeTally()]
            guard present.all < most else { throw ConnectionLedger.tooMany("\(most) \(words)") }
            guard present.hasRoom(for: scope, of: most) else {
                throw ConnectionLedger.tooMany("\(ScopeTally.share(of: most)) \(words) of \(scope)")
            }
            state.streams[kind, default: ScopeTally()].add(scope)
        }
        return StreamPermit { [self] in
            state.withLock { $0.streams[kind, default: ScopeTally()].remove(scope) }
        }
    }

    /// Connections that are served, and what was taken by `take`.
    var counts: (connections: Int, streams: Int) {
        state.withLock { state in (state.served.all, state.streams.values.reduce(0) { $0 + $1.all }) }
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
