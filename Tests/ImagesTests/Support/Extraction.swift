import Archives
import Linux
import Model
import TestSupport

/// An archive unpacked in a scratch directory.
struct Extraction {
    let listing: TreeListing
    let summary: ExtractionSummary

    init(
        _ archive: [UInt8], _ policy: ExtractionPolicy = .rootFileSystem,
        limits: ArchiveLimits = ArchiveLimits(),
        over view: (any LowerTree)? = nil
    ) throws {
        let scratch = try Scratch()
        var extractor = try ArchiveExtractor(
            into: try scratch.newDirectory("root"), policy: policy, limits: limits)
        var reader = try ArchiveReader(compressed: BytesSource(archive), limit: limits.streamBytes)
        try extractor.extract(&reader)
        try reader.finish()
        summary = try extractor.finish(over: view)
        listing = try TreeListing(of: scratch.directory("root"))
    }

    init(
        _ policy: ExtractionPolicy = .rootFileSystem, limits: ArchiveLimits = ArchiveLimits(),
        _ fill: (inout TarBuilder) -> Void
    ) throws {
        var tar = TarBuilder()
        fill(&tar)
        try self.init(tar.finished, policy, limits: limits)
    }
}

/// The failure that `body` ends with.
func failure(_ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure
    }
}

func failure(_ body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Failure
    }
}
