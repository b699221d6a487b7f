import CLinux
import Glibc
package import SystemPackage

/// Extended attributes of an open file or directory, or of an entry of a directory whatever it is, links not
/// followed.
///
/// Linux before 6.13 has these calls by path only; the path goes through a descriptor of this process, so
/// what it leads to is what was opened.
extension Directory {
    /// Names of the attributes of entry `name`, all namespaces this process may see.
    package func attributeNames(of name: borrowing some PathBytes & ~Copyable) throws(Errno) -> [String] {
        try AttributePath(try processPath(name), following: false).names()
    }

    /// The value of an attribute of entry `name`, `nil` when it has none of that name.
    package func attribute(
        _ attribute: String, of name: borrowing some PathBytes & ~Copyable
    ) throws(Errno) -> [UInt8]? {
        try AttributePath(try processPath(name), following: false).value(attribute)
    }

    /// Sets an attribute of entry `name`, present or not.
    package func setAttribute(
        _ attribute: String, to value: [UInt8], of name: borrowing some PathBytes & ~Copyable
    ) throws(Errno) {
        try AttributePath(try processPath(name), following: false).set(attribute, to: value)
    }
}

extension Descriptor {
    /// Names of the attributes, all namespaces this process may see.
    package func attributeNames() throws(Errno) -> [String] {
        try AttributePath(Array(processPath.utf8), following: true).names()
    }

    /// The value of an attribute, `nil` when there is none of that name.
    package func attribute(_ attribute: String) throws(Errno) -> [UInt8]? {
        try AttributePath(Array(processPath.utf8), following: true).value(attribute)
    }

    /// Sets an attribute, present or not.
    package func setAttribute(_ attribute: String, to value: [UInt8]) throws(Errno) {
        try AttributePath(Array(processPath.utf8), following: true).set(attribute, to: value)
    }
}

/// A path below `/proc/self/fd`. The last component is followed when it is the descriptor itself.
private struct AttributePath {
    let path: [UInt8]
    let follow: CInt

    init(_ path: [UInt8], following: Bool) {
        self.path = path
        follow = following ? 1 : 0
    }

    func names() throws(Errno) -> [String] {
        do {
            // SAFETY: the buffer is `sized`'s and has `size` bytes.
            let list = try unsafe sized { (buffer, size) throws(Errno) in
                try unsafe systemCall(path) { path in
                    unsafe linux_listxattr(path, buffer?.assumingMemoryBound(to: CChar.self), size, follow)
                }
            }
            return list.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        } catch .notSupported {
            return []
        }
    }

    func value(_ name: String) throws(Errno) -> [UInt8]? {
        do {
            // SAFETY: the buffer is `sized`'s and has `size` bytes; both paths are used by the call only.
            return try unsafe sized { (buffer, size) throws(Errno) in
                try unsafe systemCall(path, name) { path, name in
                    unsafe linux_getxattr(path, name, buffer, size, follow)
                }
            }
        } catch {
            if error == .noData || error == .notSupported { return nil }
            throw error
        }
    }

    func set(_ name: String, to value: [UInt8]) throws(Errno) {
        // SAFETY: all pointers are used by the call only.
        _ = try unsafe systemCall(path, name) { path, name in
            unsafe linux_setxattr(path, name, value, value.count, follow)
        }
    }

    /// Calls with a small buffer first, and with as much as it asks for when that is too small.
    private func sized(
        _ call: (UnsafeMutableRawPointer?, Int) throws(Errno) -> Int
    ) throws(Errno) -> [UInt8] {
        var capacity = 256
        while true {
            var outcome = Result<Int, Errno>.success(0)
            // SAFETY: `call` writes at most `capacity` bytes and answers how many.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                outcome = Result { () throws(Errno) in
                    try unsafe call(UnsafeMutableRawPointer(buffer.baseAddress), capacity)
                }
                if case .success(let count) = outcome { initialized = count }
            }
            switch outcome {
            case .success: return bytes
            // The largest the kernel allows is 64 KiB.
            case .failure(.outOfRange) where capacity < 65536: capacity = 65536
            case .failure(let error): throw error
            }
        }
    }
}
