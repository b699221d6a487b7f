import Dispatch
import Linux
import Model
import Synchronization

/// Files on their way from the thread that opens them, with the caller's rights, to the threads that read them and fill the
/// layer, with the daemon's.
///
/// Bounded: the opening thread waits while `capacity` files are open.
final class ContentQueue: Sendable {
    /// One file, or one link, whose content is wanted.
    struct Job: Sendable {
        let path: [UInt8]
        let content: Content
        /// What is there now, as it was opened.
        let status: FileStatus
        /// Where the result goes.
        let slot: UInt32
        /// What the revision ingested before has at the path.
        let baseline: Known?
        /// What an earlier pass put into the layer at the path.
        let stored: Known?
    }

    enum Content: Sendable {
        case file(SharedDescriptor)
        case link(target: [UInt8])
    }

    struct Known: Sendable {
        let entry: SourceEntry
        let size: Int64
    }

    private struct State {
        var jobs: [Job] = []
        var next = 0
        var slots: UInt32 = 0
        var results: [ContentResult?] = []
        var failure: Failure?
        var isFinished = false
    }

    static let capacity = 64

    private let state = Mutex(State())
    private let places = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    init() {
        // Not as the initial value: a semaphore must not end with less than it began with.
        for _ in 0..<ContentQueue.capacity { places.signal() }
    }

    /// Numbers are given out from 1.
    func makeSlot() -> UInt32 {
        state.withLock { state in
            state.slots += 1
            state.results.append(nil)
            return state.slots
        }
    }

    /// - Throws: what a reader failed with meanwhile.
    func append(_ job: Job) throws(Failure) {
        places.wait()
        let failure = state.withLock { state in
            state.jobs.append(job)
            return state.failure
        }
        filled.signal()
        if let failure { throw failure }
    }

    /// No further jobs will come.
    func finish() {
        state.withLock { $0.isFinished = true }
        filled.signal()
    }

    /// The next job for a reader, waiting for one; nil when none will come.
    func next() -> Job? {
        filled.wait()
        let job = state.withLock { state -> Job? in
            guard state.next < state.jobs.count else { return nil }
            let job = state.jobs[state.next]
            state.next += 1
            // The file must not stay open for as long as the queue lives.
            if state.next >= ContentQueue.capacity {
                state.jobs.removeFirst(state.next)
                state.next = 0
            }
            return job
        }
        if job == nil {
            // The one signal of the end is for every reader.
            filled.signal()
        } else {
            places.signal()
        }
        return job
    }

    func succeed(_ job: Job, _ result: ContentResult) {
        state.withLock { $0.results[Int(job.slot) - 1] = result }
    }

    func fail(_ failure: Failure) { state.withLock { $0.failure = $0.failure ?? failure } }

    /// - Throws: what a reader failed with, or what the pass was ended for.
    func check() throws(Failure) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    var isFailed: Bool { state.withLock { $0.failure != nil } }

    /// All results by slot, once every reader has ended.
    func results() throws(Failure) -> [ContentResult] {
        let (results, failure) = state.withLock { ($0.results, $0.failure) }
        if let failure { throw failure }
        return results.compactMap { $0 }
    }
}

/// What reading a file or link came to.
struct ContentResult: Sendable {
    let digest: Digest
    let size: Int64
    /// After the last byte was read.
    let status: FileStatus
    /// It lies in the layer now.
    let isStored: Bool
    let path: [UInt8]
    /// As `StatRecord.Flags.settled`, filled in after the pass.
    var isSettled = false
}
