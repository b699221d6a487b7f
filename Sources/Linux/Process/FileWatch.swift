import CLinux
import Dispatch
import Glibc
import Synchronization
package import SystemPackage

/// Tells when somebody has written to a file (inotify).
///
/// `changes` yields one element for any number of writes since the last one was taken, and one at the start,
/// so a reader that reads to the end after each misses nothing. One reader; ends when the watch's life does.
package final class FileWatch: Sendable {
    package let changes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let source: Mutex<any DispatchSourceRead>

    /// Watches the file that is open here.
    package init(_ file: borrowing Descriptor) throws(Errno) {
        let inotify = Descriptor(adopting: try systemCall { inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK)) })
        let raw = inotify.raw
        // SAFETY: the path is used by the call only.
        _ = try unsafe systemCall(file.processPath) { path in
            unsafe inotify_add_watch(raw, path, UInt32(IN_MODIFY))
        }
        let (changes, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.changes = changes
        self.continuation = continuation
        continuation.yield()
        let events = inotify.release()
        let source = DispatchSource.makeReadSource(fileDescriptor: events, queue: .global())
        source.setEventHandler {
            // What the events say is known; they are read to be gone.
            while let read = try? Descriptor.drain(events), read > 0 {}
            continuation.yield()
        }
        source.setCancelHandler {
            Glibc.close(events)
            continuation.finish()
        }
        source.activate()
        self.source = Mutex(source)
    }

    deinit { source.withLock { $0.cancel() } }

    /// Makes `changes` yield although nothing was written.
    package func poke() { continuation.yield() }
}

extension Descriptor {
    fileprivate static func drain(_ raw: CInt) throws(Errno) -> Int {
        // SAFETY: the buffer is local and as long as is said.
        try systemCall {
            unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                unsafe Glibc.read(raw, buffer.baseAddress, buffer.count)
            }
        }
    }
}
