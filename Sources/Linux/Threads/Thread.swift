import CLinux
import Glibc
import Synchronization

/// A thread of the kernel that runs one closure and ends.
enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// What a new thread runs: the `Body` it is given.
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        pointer in
        // SAFETY: the pointer is a retained `Body`, and this thread's to release.
        if let pointer = unsafe pointer {
            unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
        }
        return nil
    }

    /// Starts a detached thread; `false` when the system has none to give, and `body` has not run then.
    ///
    /// - Parameter name: as `top -H` and debuggers show it, of 15 bytes at most; else it would have its starter's.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        // SAFETY: the thread takes the one reference that is passed; if it can't start, it is taken back.
        let box = unsafe Unmanaged.passRetained(
            Body {
                // SAFETY: the name is a C string for the time of the call.
                _ = unsafe linux_name_thread(name)
                body()
            })
        var thread = pthread_t()
        let error = unsafe pthread_create(&thread, nil, entry, box.toOpaque())
        guard error == 0 else {
            unsafe box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Runs `body` on a thread of its own and waits for it to end, namespaces of its own included; `nil` when
    /// the system has no thread to give.
    static func run<T: Sendable>(_ body: @escaping @Sendable () -> T) -> T? {
        let answer = Answer<T>()
        // SAFETY: as in `start`; the thread is joined below.
        let box = unsafe Unmanaged.passRetained(Body { answer.set(body()) })
        var thread = pthread_t()
        let error = unsafe pthread_create(&thread, nil, entry, box.toOpaque())
        guard error == 0 else {
            unsafe box.release()
            return nil
        }
        pthread_join(thread, nil)
        return answer.value
    }

    private final class Answer<T: Sendable>: Sendable {
        private let state = Mutex<T?>(nil)
        var value: T? { state.withLock { $0 } }
        func set(_ value: T) { state.withLock { $0 = value } }
    }
}
