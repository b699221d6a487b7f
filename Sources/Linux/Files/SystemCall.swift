import Glibc
import SystemPackage

/// Repeats a call until no signal interrupts it; negative answers become the `Errno` of this thread.
@inline(__always)
func systemCall<Answer: SignedInteger>(_ call: () -> Answer) throws(Errno) -> Answer {
    while true {
        let answer = call()
        if answer >= 0 { return answer }
        let error = Errno(rawValue: errno)
        if error != .interrupted { throw error }
    }
}

/// As `systemCall(_:)`, for a call that takes one path.
func systemCall<Answer: SignedInteger>(
    _ path: borrowing some PathBytes & ~Copyable, _ call: (UnsafePointer<CChar>) -> Answer
) throws(Errno) -> Answer {
    // SAFETY: the path's pointer is used within its scope only.
    try unsafe path.withCPath { path in
        // A typed throw can't pass through `withCPath`; its answer can.
        Result { () throws(Errno) in try systemCall { unsafe call(path) } }
    }.get()
}

/// As `systemCall(_:)`, for a call that takes two paths.
func systemCall<Answer: SignedInteger>(
    _ first: borrowing some PathBytes & ~Copyable, _ second: borrowing some PathBytes & ~Copyable,
    _ call: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Answer
) throws(Errno) -> Answer {
    // SAFETY: both pointers are used within their scopes only.
    try unsafe first.withCPath { first in
        Result { () throws(Errno) in
            try unsafe systemCall(second) { second in unsafe call(first, second) }
        }
    }.get()
}
