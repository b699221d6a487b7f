package import Linux
package import Model
import Synchronization
import SystemPackage

/// Reads a step's log from a given place to its end while it grows; waits for writes, never polls.
///
/// One task reads; `finish()` may come from another, once the supervisor has ended.
package final class LogReader: Sendable {
    private struct Position {
        var offset: Int64
        var isFinished = false
    }

    /// How much one read takes at most: more than any frame, and little enough that a log of empty lines costs
    /// no memory worth speaking of once each is an event.
    private static let chunk = 128 << 10

    private let file: Descriptor
    private let watch: FileWatch
    private let position: Mutex<Position>

    /// Reads the log that is open here; `offset` is 0 or what `offset` of an earlier reader was.
    package init(_ file: consuming Descriptor, offset: Int64 = 0) throws(Failure) {
        do {
            watch = try FileWatch(file)
        } catch {
            throw Failure(
                .storageFailed, "a step's log can't be watched: \(error)",
                fix: "raise fs.inotify.max_user_instances and max_user_watches")
        }
        self.file = file
        position = Mutex(Position(offset: offset))
    }

    /// How far the frames returned up to now reach.
    package var offset: Int64 { position.withLock { $0.offset } }

    /// Whether there is more in the log than its first `offset` bytes, read or not.
    package func hasMore(than offset: Int64) -> Bool {
        // Who can't tell finds out by reading.
        (try? file.status().size > offset) ?? false
    }

    /// Says that nothing more will be written: `next()` ends after what is there.
    package func finish() {
        position.withLock { $0.isFinished = true }
        watch.poke()
    }

    /// The next frames, at least one; waits for them. Nil after the last.
    package func next() async throws -> [LogFrame]? {
        var changes = watch.changes.makeAsyncIterator()
        while true {
            // Asked before the read: what was written before the end is then seen by it.
            let isFinished = position.withLock { $0.isFinished }
            let frames = try await onBlockingThread { try self.readFrames() }
            if !frames.isEmpty { return frames }
            if isFinished { return nil }
            guard await changes.next() != nil else { throw CancellationError() }
        }
    }

    /// Whole frames from the present position on; a frame that is still being written waits.
    private func readFrames() throws -> [LogFrame] {
        var offset = position.withLock { $0.offset }
        let bytes = try file.read(upTo: Self.chunk, at: offset)
        var frames: [LogFrame] = []
        var rest = bytes[...]
        while let (frame, size) = try LogFrame.decode(rest) {
            frames.append(frame)
            rest = rest.dropFirst(size)
            offset += Int64(size)
        }
        position.withLock { $0.offset = offset }
        return frames
    }
}
