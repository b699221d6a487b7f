package import SystemPackage

/// Tells when somebody has written to a file (inotify).
///
/// `changes` yields one element for any number of writes since the last one was taken, and one at the start,
/// so a reader that reads to the end after each misses nothing. One reader; ends when the watch's life does.
package final class FileWatch: Sendable {
    private static let instance = InotifyInstance()

    package let changes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let watch: InotifyInstance.Watch

    /// Watches the file that is open here.
    package init(_ file: borrowing Descriptor) throws(Errno) {
        let (changes, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.changes = changes
        self.continuation = continuation
        // Whatever came, lost events included, means that there may be more to read.
        watch = try Self.instance.add(file, for: .modify) { _ in continuation.yield() }
        continuation.yield()
    }

    deinit {
        Self.instance.remove(watch)
        continuation.finish()
    }

    /// Makes `changes` yield although nothing was written.
    package func poke() { continuation.yield() }
}
