import Archives
import Foundation
import JSON
import Layers
import Linux
import Model
import SystemPackage

/// A version of a volume as an archive: what it is, then each of its layers, the oldest first.
///
/// ```
/// varve-volume.json    this, as JSON
/// layers/0/0/…         of the first layer what belongs to the first place
/// layers/0/1/…         to the second
/// layers/1/0/…
/// ```
/// What a layer hides of what is below it is marked as in layers of images.
struct VolumeArchive: Codable, Sendable {
    var format = 1
    /// Where it was made, without a leading slash, in the order of its places.
    var targets: [EntryPath]
    var over: VolumeMount.Ground
    var key: String?
    /// For each layer, for each place.
    var facts: [[[GroundFact]]]

    private static let name = "varve-volume.json"
    private static let layers = "layers"
    /// In memory it takes many times as much.
    private static let largest = 64 << 20
    private static let mostLayers = 256

    /// Blocks.
    func write(
        _ directories: [SharedDirectory], to sink: any ByteSink, spool: SpoolFolder, at time: Timestamp,
        _ cancellation: Cancellation
    ) throws {
        var writer = try ArchiveWriter(to: sink, packing: .zstandard, cancellation: cancellation)
        let json = try JSONTextEncoder.encode(self)
        guard json.count <= Self.largest else {
            throw Failure(
                .tooLarge, "what the volume knows of the image below it takes more than 64 MiB",
                fix: "fill a new volume, over an image with less at its places")
        }
        let file = try spool.directory.directory.createFile(Self.name)
        try file.writeAll(json)
        try writer.add(
            ArchiveEntry(
                path: Array(Self.name.utf8), content: .file(size: Int64(json.count)),
                metadata: ArchiveMetadata(mode: 0o600, uid: 0, gid: 0, modified: time.nanoseconds)),
            content: file)
        var archiver = TreeArchiver(writer, marksHidden: true)
        for (index, directory) in directories.enumerated() {
            try archiver.add(
                directory.directory, as: EntryPath(unchecked: Array("\(Self.layers)/\(index)".utf8)))
        }
        try archiver.finish()
    }

    /// What was unpacked in `folder`, checked.
    ///
    /// Blocks.
    /// - Throws: `archive-invalid`.
    static func read(in folder: borrowing Directory) throws -> VolumeArchive {
        guard try folder.statusIfPresent(name)?.kind == .file else {
            throw Failure.archive(
                "the archive is no exported volume: it has no \(name)",
                fix: "send what ‘varve volume export’ has written")
        }
        let bytes = try content(of: folder)
        guard let archive = try? JSONDecoder().decode(VolumeArchive.self, from: Data(bytes)) else {
            throw Failure.archive("\(name) of the archive is damaged")
        }
        try archive.check()
        let places = Set(archive.targets.indices.map { "\($0)" })
        for index in archive.facts.indices {
            let layer = try layer(index, in: folder)
            for name in try layer.entryNames()
            where try !places.contains(String(decoding: name, as: UTF8.self))
                || layer.status(name).kind != .directory
            {
                throw Failure.archive(
                    "layer \(index) of the archive has ‘\(EntryPath.printable(name))’, which is no place of the volume"
                )
            }
        }
        return archive
    }

    private static func content(of folder: borrowing Directory) throws -> [UInt8] {
        do throws(Errno) {
            return try folder.openFile(name).readAll(limit: largest)
        } catch {
            guard error == .fileTooLarge else { throw error }
            throw Failure(
                .tooLarge, "\(name) of the archive has more than \(ByteSize(bytes: Int64(largest)))",
                fix: "fill the volume anew")
        }
    }

    /// Where layer `index` was unpacked.
    static func layer(_ index: Int, in folder: borrowing Directory) throws -> Directory {
        do throws(Errno) {
            return try folder.openDirectory(layers).openDirectory("\(index)")
        } catch {
            guard error == .noSuchFileOrDirectory || error == .notDirectory else { throw error }
            throw Failure.archive("the archive has no layer \(index)")
        }
    }

    private func check() throws(Failure) {
        guard format == 1 else {
            throw Failure.archive("the archive is of format \(format)", fix: "use a newer version of Varve")
        }
        guard (1...VolumeMount.mostTargets).contains(targets.count), targets == targets.sorted(),
            (1...Self.mostLayers).contains(facts.count), facts.allSatisfy({ $0.count == targets.count }),
            key.map({ (1...VolumeKey.longest).contains($0.utf8.count) }) ?? true
        else { throw Failure.archive("\(Self.name) of the archive makes no sense") }
        do throws(MountRule.Problem) {
            for target in targets { try MountRule.check(target, workspace: StepPath.usualWorkspace.entry) }
            try MountRule.checkApart(targets.map { ($0, "the volume") })
        } catch {
            throw Failure.archive("the archive's volume can't be mounted: \(error.sentence)", fix: error.fix)
        }
    }
}

/// Below the layers of an archive there may be anything: whatever they hide is kept hidden.
final class AnythingBelow: LowerTree {
    func directory(at path: EntryPath) -> ArchiveMetadata? { nil }
    func hasEntry(at path: EntryPath) -> Bool { true }
    func rootNames() -> [[UInt8]] { [] }
}
