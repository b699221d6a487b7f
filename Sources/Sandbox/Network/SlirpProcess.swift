import Linux

/// A slirp4netns of ours, taken off the process table when it ends.
final class SlirpProcess: Sendable {
    private let handle: ProcessHandle

    init(_ handle: consuming ProcessHandle) {
        self.handle = handle
        Task.detached { [self] in
            await self.handle.ended()
            self.handle.reap()
        }
    }

    var pid: Int32 { handle.pid }

    var hasEnded: Bool { (try? handle.hasEnded()) ?? true }
}
