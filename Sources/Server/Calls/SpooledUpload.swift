import Engine
import HummingbirdCore
import Linux
import Model
import NIOCore
import SystemPackage

/// An uploaded archive in a file without a name: gone with the last descriptor, whatever happens.
final class SpooledUpload: Sendable {
    private let file: Descriptor
    /// Of all content.
    let digest: Digest
    private let permit: StreamPermit

    private init(file: consuming Descriptor, digest: Digest, _ permit: StreamPermit) {
        self.file = file
        self.digest = digest
        self.permit = permit
    }

    /// Writes a request's body to a file in the engine's store, keeping no more of it in memory than a block.
    ///
    /// - Throws: `too-large`, `too-many`, `storage-full`, `storage-failed`.
    static func receive(_ call: Call, for engine: Engine) async throws -> SpooledUpload {
        do {
            let permit = try call.connection.takeUpload()
            let target = try await UnnamedFile.make(
                below: engine.spoolPath, leaving: try await engine.admitUpload())
            return try await receive(call, target, permit)
        } catch {
            // What is left of the body is not read.
            call.connection.closeAfterAnswer()
            throw error
        }
    }

    private static func receive(
        _ call: Call, _ target: UnnamedFile, _ permit: StreamPermit
    ) async throws -> SpooledUpload {
        let limit = call.limits.uploadBytes
        let tooLarge = Failure(
            .tooLarge, "the archive has more than \(ByteSize(bytes: limit))",
            fix: "leave out what the steps don't need")
        if let announced = call.announcedLength, announced > limit { throw tooLarge }
        var hasher = FieldHasher(domain: "varve upload")
        var block: [UInt8] = []
        var count: Int64 = 0
        for try await buffer in call.request.body {
            count += Int64(buffer.readableBytes)
            guard count <= limit else { throw tooLarge }
            block += buffer.readableBytesView
            // Blocks of one size, however the bytes came: the digest must not depend on that.
            while block.count >= blockSize {
                let full = Array(block[..<blockSize])
                block.removeFirst(blockSize)
                hasher.add("block", bytes: full)
                try await target.write(full)
            }
        }
        hasher.add("block", bytes: block)
        try await target.write(block)
        return SpooledUpload(file: try target.content(), digest: hasher.finalize(), permit)
    }

    /// The content from its beginning.
    func open() throws(Failure) -> Descriptor {
        do throws(Errno) {
            try file.seek(to: 0)
            return try file.duplicate()
        } catch {
            throw UnnamedFile.failure(error)
        }
    }

    private static let blockSize = 1 << 20
}

/// A file that had a name only for the moment it was made.
private final class UnnamedFile: Sendable {
    private let descriptor: Descriptor
    private let reserve: Int64

    private init(_ descriptor: consuming Descriptor, reserve: Int64) {
        self.descriptor = descriptor
        self.reserve = reserve
    }

    /// - Parameter reserve: how many bytes of the file system are for others.
    static func make(
        below directory: String, leaving reserve: Int64
    ) async throws(Failure) -> UnnamedFile {
        do {
            return try await onBlockingThread {
                let directory = try Directory(opening: directory)
                let name = ".upload-\(UInt64.random(in: .min ... .max))"
                let file = UnnamedFile(try directory.createFile(name), reserve: reserve)
                try directory.remove(name)
                return file
            }
        } catch {
            throw failure(error)
        }
    }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        do {
            try await onBlockingThread { [self] in
                try descriptor.writeAll(bytes)
                guard try descriptor.fileSystemStatus().freeBytes > reserve else {
                    throw Errno.noSpace
                }
            }
        } catch {
            throw UnnamedFile.failure(error)
        }
    }

    func content() throws(Failure) -> Descriptor {
        do throws(Errno) { return try descriptor.duplicate() } catch { throw UnnamedFile.failure(error) }
    }

    static func failure(_ error: any Error) -> Failure {
        if let error = error as? Errno, error.isOutOfSpace {
            return .storageFull("there is no space for the uploaded archive on the store's file system")
        }
        return Failure(
            .storageFailed, "the uploaded archive can't be kept: \(error)",
            fix: "check the store's file system")
    }
}
