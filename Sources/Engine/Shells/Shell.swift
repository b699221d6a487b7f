package import Linux
package import Model
import Sandbox
import Synchronization
package import SystemPackage

/// A shell that runs, as the one who works in it sees it.
///
/// One reader and one writer, each on a thread that may block (`Shell.threads`). When the last reference goes, so does
/// the shell; what it had is taken away in any case, and `ended()` tells when.
package final class Shell: Sendable {
    /// What the one who works in it should know before, one line each.
    package let notes: [String]
    private let channels: Channels
    private let step: RunningStep
    private let state = Mutex(State())

    /// Apart from the threads everything else waits for: these wait for people.
    package static let threads = BlockingPool("shells", limit: 256)

    private struct State: Sendable {
        var cause: Failure?
        var work: Task<ShellEnd, Never>?
    }

    /// The daemon's ends.
    struct Channels: ~Copyable, Sendable {
        /// Nil once nothing more is to be read by the shell.
        let input: Mutex<Descriptor?>
        let output: Descriptor
        /// Nil for a terminal, which is `output` alone and takes input too.
        let errors: Descriptor?
        /// Held open, it keeps the shell alive.
        let tie: Descriptor
    }

    package enum Stream: Sendable { case output, errors }

    init(_ step: RunningStep, _ channels: consuming Channels, notes: [String]) {
        self.step = step
        self.channels = channels
        self.notes = notes
    }

    deinit { step.stop(grace: TimeSpan(seconds: 0)) }

    /// What waits for the shell's end and clears away; set once, before anybody else has the shell.
    func begin(_ work: @escaping @Sendable () async -> ShellEnd) {
        state.withLock { $0.work = Task { await work() } }
    }

    /// The next the shell wrote; nil when there will be no more. Blocks.
    package func read() -> (stream: Stream, bytes: [UInt8])? {
        var open = streams
        while !open.isEmpty {
            guard let ready = try? Descriptor.waitUntilReadable(open.map(\.raw)) else { return nil }
            for (index, stream) in open.enumerated().reversed() where ready[index] {
                // A terminal whose last process has gone answers with an error.
                let bytes = (try? read(stream.kind)) ?? []
                if !bytes.isEmpty { return (stream.kind, bytes) }
                open.remove(at: index)
            }
        }
        return nil
    }

    private var streams: [(kind: Stream, raw: CInt)] {
        var streams: [(kind: Stream, raw: CInt)] = [(.output, channels.output.raw)]
        switch channels.errors {
        case .some(let errors): streams.append((.errors, errors.raw))
        case .none: break
        }
        return streams
    }

    private func read(_ stream: Stream) throws(Errno) -> [UInt8] {
        switch stream {
        case .output: return try channels.output.read(upTo: Self.chunk)
        case .errors:
            switch channels.errors {
            case .some(let errors): return try errors.read(upTo: Self.chunk)
            case .none: return []
            }
        }
    }

    private static let chunk = 32 << 10

    /// Gives the shell something to read. Blocks while it does not read; throws when it never will.
    package func write(_ bytes: [UInt8]) throws(Errno) {
        if isTerminal { return try channels.output.writeAll(bytes) }
        try channels.input.withLock { input throws(Errno) in
            switch input {
            case .some(let pipe): try pipe.writeAll(bytes)
            case .none: throw .brokenPipe
            }
        }
    }

    /// There is nothing more for it to read. A terminal's end is that of the shell.
    package func endInput() {
        if isTerminal { return end(because: Self.left) }
        channels.input.withLock { $0 = nil }
    }

    package func resize(_ size: TerminalSize) {
        if isTerminal { try? channels.output.setTerminalSize(rows: size.rows, columns: size.columns) }
    }

    package var isTerminal: Bool {
        switch channels.errors {
        case .some: false
        case .none: true
        }
    }

    /// Kills it. The first reason is the one that is told.
    package func end(because failure: Failure) {
        state.withLock { $0.cause = $0.cause ?? failure }
        step.stop(grace: TimeSpan(seconds: 0))
    }

    /// How it ended; everything it had is gone when this returns.
    package func ended() async -> ShellEnd {
        let work = state.withLock { $0.work }
        return await work?.value ?? .failed(Self.left)
    }

    var cause: Failure? { state.withLock { $0.cause } }

    package static let left = Failure(.cancelled, "the shell's client has left", fix: "open another one")
}
