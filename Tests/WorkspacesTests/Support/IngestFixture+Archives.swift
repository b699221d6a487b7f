import Archives
import Linux
import Model
import TestSupport
import Workspaces

extension IngestFixture {
    /// Takes in the archive that is a file of the scratch directory, and keeps what came of it for the next time.
    @discardableResult
    func upload(
        _ name: String, as packing: ArchivePacking = .plain, limits: ArchiveLimits = .source
    ) async throws -> Taken {
        try scratch.sh("mkdir -p spool")
        return try await UnpackedArchive.lend(
            Descriptor.openFile(scratch.path + "/" + name), packing: packing, below: scratch.path + "/spool",
            limits: limits
        ) { archive in
            try await ingest(.archive(archive), .everything)
        }
    }

    /// As `upload`, of an archive that is put together here.
    @discardableResult
    func upload(
        limits: ArchiveLimits = .source, _ fill: (inout TarBuilder) -> Void
    ) async throws -> Taken {
        var tar = TarBuilder()
        fill(&tar)
        try write("built.tar", tar.finished)
        return try await upload("built.tar", limits: limits)
    }

    /// Why an archive is refused, of which nothing may be left; nil if it is not refused.
    func refusal(
        uploading name: String, as packing: ArchivePacking = .plain, limits: ArchiveLimits = .source
    ) async throws -> Failure? {
        do {
            try await upload(name, as: packing, limits: limits)
            return nil
        } catch let failure as Failure {
            let left = try scratch.sh("find spool store/active store/layers -mindepth 1 | wc -l")
            guard String(decoding: left, as: UTF8.self).trimmingNewline == "0" else {
                return Failure(.storeDamaged, "something is left of the archive", fix: "remove it")
            }
            return failure
        }
    }

    func refusal(
        limits: ArchiveLimits = .source, _ fill: (inout TarBuilder) -> Void
    ) async throws -> Failure? {
        var tar = TarBuilder()
        fill(&tar)
        try write("built.tar", tar.finished)
        return try await refusal(uploading: "built.tar", limits: limits)
    }

    /// Makes a file of the scratch directory.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Descriptor.openFile(scratch.path + "/" + name, [.writeOnly, .create, .truncate], mode: 0o644)
            .writeAll(bytes)
    }

    /// Everything the first revision's layer holds.
    func firstLayer() throws -> TreeListing {
        try TreeListing(of: scratch.directory.openDirectory(beneath: "store/layers/\(layers[0])"))
    }
}
