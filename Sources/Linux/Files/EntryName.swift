import Glibc
package import SystemPackage

/// The name of a directory entry where the kernel put it, lent for the duration of one visit.
///
/// It can't be kept: who wants to copies `bytes`.
@safe
package struct EntryName: ~Copyable, PathBytes {
    private let pointer: UnsafePointer<CChar>
    private let length: Int
    /// What the entry is, where the file system tells; `nil` means ask `Directory.status(_:)`.
    package let kind: FileKind?

    init(_ pointer: UnsafePointer<CChar>, kind: FileKind?) {
        // SAFETY: the kernel ends the name with NUL, and the visitor keeps the buffer while this value lives.
        unsafe self.pointer = pointer
        length = unsafe strlen(pointer)
        self.kind = kind
    }

    package var count: Int { length }

    /// A copy of the name.
    package var bytes: [UInt8] {
        // SAFETY: the buffer is copied within its scope.
        unsafe withBytes { bytes in unsafe Array(bytes) }
    }

    /// Lends the bytes of the name.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: `length` bytes are there; the pointer is used within `body` only.
        try unsafe pointer.withMemoryRebound(to: UInt8.self, capacity: length) { (bytes) throws(Failure) in
            try unsafe body(UnsafeBufferPointer(start: bytes, count: length))
        }
    }

    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) throws(Errno) -> Result {
        unsafe body(pointer)
    }

    /// The name is exactly `other`.
    package func equals(_ other: StaticString) -> Bool {
        // SAFETY: both sides have `length` bytes when it comes to the comparison.
        unsafe other.utf8CodeUnitCount == length && memcmp(pointer, other.utf8Start, length) == 0
    }
}
