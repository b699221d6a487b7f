import Glibc
import Linux

/// Standard input, read by a thread that may wait for ever.
enum TypedInput {
    private static let threads = BlockingPool("input", limit: 1)

    static var isTerminal: Bool { isatty(0) == 1 }

    /// The next bytes; empty at the end, and where it can't be read.
    static func read() async -> [UInt8] {
        let bytes = try? await onBlockingThread(of: threads) { () throws -> [UInt8] in
            while true {
                var count = 0
                // SAFETY: the buffer is as long as is said, and `count` what was put into it.
                let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, initialized in
                    count = unsafe Glibc.read(0, buffer.baseAddress, buffer.count)
                    initialized = max(0, count)
                }
                if count >= 0 { return bytes }
                guard errno == EINTR || errno == EAGAIN else { return [] }
                var wait = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
                // SAFETY: one structure, as said by the count.
                _ = unsafe poll(&wait, 1, -1)
            }
        }
        return bytes ?? []
    }
}
