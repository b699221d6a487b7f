import CSystemd
import Glibc
package import SystemPackage

/// The system's journal, for log records with fields.
package enum Journal {
    /// Standard error goes to the journal: this process was started by the service manager and should log
    /// there itself.
    package static var isStandardError: Bool {
        // SAFETY: the environment is not changed after start; the string is copied at once.
        guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
        let parts = unsafe String(cString: stream).split(separator: ":")
        guard parts.count == 2, let device = UInt(parts[0]), let inode = UInt(parts[1]) else { return false }
        var status = stat()
        // SAFETY: `status` outlives the call.
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return status.st_dev == device && status.st_ino == inode
    }

    /// Writes one record. Field names are upper-case ASCII letters, digits and underscores.
    package static func send(_ fields: [(name: String, value: String)]) throws(Errno) {
        let texts = fields.map { Array("\($0.name)=\($0.value)".utf8) }
        let bytes = texts.flatMap { $0 }
        // SAFETY: every vector lies within `bytes`, which outlive the call; the journal only reads them.
        let result = unsafe bytes.withUnsafeBytes { buffer in
            var vectors = unsafe [iovec]()
            var position = 0
            for text in texts {
                let start = unsafe UnsafeMutableRawPointer(
                    mutating: buffer.baseAddress.map { unsafe $0 + position })
                unsafe vectors.append(iovec(iov_base: start, iov_len: text.count))
                position += text.count
            }
            return unsafe sd_journal_sendv(vectors, CInt(vectors.count))
        }
        if result < 0 { throw Errno(rawValue: -result) }
    }
}
