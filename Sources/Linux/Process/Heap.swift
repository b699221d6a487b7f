import CLinux

/// The heap of this process.
package enum Heap {
    /// Lets all threads share `count` arenas of the heap, instead of eight for each processor.
    ///
    /// What one thread freed is then there for the others: the memory of a process with many threads that come and go
    /// follows from what it holds, not from how many processors the machine has. Call it before the first thread starts.
    package static func limitArenas(to count: Int32) {
        _ = linux_limit_arenas(count)
    }
}
