package import SystemPackage

/// A file name or path: bytes without NUL, in no particular encoding.
///
/// Names on disk are not text. Everything that hands a name to the kernel takes `some PathBytes`, so that a
/// name read from a directory goes back exactly as it came.
package protocol PathBytes: ~Copyable {
    /// Runs `body` with the NUL-terminated bytes; `Errno.invalidArgument` when there is a NUL among them.
    func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result
}

extension String: PathBytes {
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        if utf8.contains(0) { throw .invalidArgument }
        // SAFETY: the pointer is valid for the duration of `body` and does not leave it.
        return unsafe withCString { unsafe body($0) }
    }
}

extension Array: PathBytes where Element == UInt8 {
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        try unsafe self[...].withCPath(body)
    }
}

extension ArraySlice: PathBytes where Element == UInt8 {
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        if contains(0) { throw .invalidArgument }
        // SAFETY: the buffer holds all bytes and a terminator and outlives `body`.
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
            var index = 0
            for byte in self {
                unsafe buffer.initializeElement(at: index, to: CChar(bitPattern: byte))
                index += 1
            }
            unsafe buffer.initializeElement(at: index, to: 0)
            guard let base = buffer.baseAddress else { preconditionFailure("an allocation has an address") }
            return unsafe body(base)
        }
    }
}

extension FilePath: PathBytes {
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        // SAFETY: the pointer is valid for the duration of `body` and does not leave it.
        unsafe withPlatformString { unsafe body($0) }
    }
}
