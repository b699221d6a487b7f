import Glibc
package import SystemPackage

/// A file name or path: bytes without NUL, in no particular encoding.
///
/// Names on disk are not text. Everything that hands a name to the kernel takes `some PathBytes`, so that a
/// name read from a directory goes back exactly as it came.
package protocol PathBytes: ~Copyable {
    /// Runs `body` with the NUL-terminated bytes; `Errno.invalidArgument` when there is a NUL among them.
    func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result
}

extension PathBytes where Self: ~Copyable {
    /// Without the terminator.
    func bytes() throws(Errno) -> [UInt8] {
        // SAFETY: the pointer is NUL-terminated and copied within its scope.
        try unsafe withCPath { path in
            unsafe UnsafeBufferPointer(start: path, count: strlen(path)).map { UInt8(bitPattern: $0) }
        }
    }
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
        // Asked for the status of many thousand names, a program spends most of its own time here.
        // SAFETY: the bytes are looked at within their scope; both buffers hold `count` of them, the second a terminator
        // besides, and it outlives `body`.
        let result: Result? = unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else {
                return unsafe withUnsafePointer(to: CChar(0)) { unsafe body($0) }
            }
            if unsafe memchr(start, 0, bytes.count) != nil { return nil }
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
                guard let path = buffer.baseAddress else {
                    preconditionFailure("an allocation has an address")
                }
                unsafe memcpy(path, start, bytes.count)
                unsafe path[bytes.count] = 0
                return unsafe body(path)
            }
        }
        guard let result else { throw .invalidArgument }
        return result
    }
}

extension FilePath: PathBytes {
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        // SAFETY: the pointer is valid for the duration of `body` and does not leave it.
        unsafe withPlatformString { unsafe body($0) }
    }
}
