package import Archives
package import Catalog
import Layers
package import Linux
package import Model
import SystemPackage

extension Engine {
    /// Writes a version of a volume, by default the newest, as a tar archive packed with Zstandard.
    ///
    /// - Parameter sink: may block, which holds up nobody else.
    /// - Throws: `not-found`, `archive-invalid` for names that an archive of layers can't have, `too-large` for a file of
    ///   more than 1 TiB, `cancelled`.
    package func exportVolume(
        _ name: VolumeName, version id: String?, to sink: any ByteSink & Sendable
    ) async throws(Failure) {
        let versions = try await volume(name).versions
        guard let found = id.map({ id in versions.first { $0.id == id } }) ?? versions.first else {
            throw id.map { name.unknown(version: $0) }
                ?? Failure(
                    .notFound, "volume \(name.name) has no version yet",
                    fix: "run a step that writes to it first")
        }
        let version = await squashedForExport(found, of: name)
        let hold = try await hold(version.layers, for: "the export of volume \(name.name)")
        defer { withExtendedLifetime(hold) {} }
        var facts: [[[GroundFact]]] = []
        for layer in version.layers { facts.append(try await catalog.volumeFacts(of: layer)?.facts ?? []) }
        let archive = VolumeArchive(
            targets: version.targets, over: version.over, key: version.key, facts: facts)
        do {
            try await cancellable { [layers, store] cancellation in
                let spool = try SpoolFolder(below: store.spoolPath, for: "export")
                defer { spool.remove() }
                var directories: [SharedDirectory] = []
                for layer in version.layers { directories.append(try layers.layer(layer)) }
                try archive.write(directories, to: sink, spool: spool, at: version.created, cancellation)
            }
        } catch {
            throw Failure.wrapping(error, to: "export volume \(name.name)")
        }
    }

    /// Makes a version of a volume out of what `exportVolume` has written, and the volume if there is none.
    ///
    /// - Parameter archive: a file; read from its beginning.
    /// - Throws: `archive-invalid`, `too-large`, `storage-full`; `conflict` where a version has its key.
    package func importVolume(
        _ name: VolumeName, archive file: consuming Descriptor, packing: ArchivePacking
    ) async throws(Failure) -> VolumeDetails {
        let handover = Parcel(file)
        do {
            let spool = try await onBlockingThread { [store] in
                try SpoolFolder(below: store.spoolPath, for: "import")
            }
            let archive: VolumeArchive
            do {
                let limits = try await unpacking(ArchiveLimits())
                archive = try await cancellable(of: .archives) { cancellation in
                    try Self.unpack(handover.take(), packing, into: spool.directory, limits, cancellation)
                }
                try await add(archive, in: spool.directory, to: name)
            } catch {
                try? await onBlockingThread { spool.remove() }
                throw error
            }
            try await onBlockingThread { spool.remove() }
        } catch {
            throw Failure.wrapping(error, to: "import volume \(name.name)")
        }
        return try await volume(name)
    }

    private static func unpack(
        _ file: consuming Descriptor, _ packing: ArchivePacking, into folder: SharedDirectory,
        _ limits: ArchiveLimits, _ cancellation: Cancellation
    ) throws -> VolumeArchive {
        var reader = try packing.open(file, limit: limits.streamBytes, cancellation: cancellation)
        var extractor = try ArchiveExtractor(
            into: folder.directory.reopened(), policy: .imageLayer, limits: limits)
        try extractor.extract(&reader)
        // One that was cut off between two entries would be a version without files that exist.
        try reader.finish(requiringEndMark: true)
        _ = try extractor.finish(over: AnythingBelow())
        return try VolumeArchive.read(in: folder.directory)
    }

    private func add(
        _ archive: VolumeArchive, in folder: SharedDirectory, to name: VolumeName
    ) async throws {
        let use = VolumeUse(
            name: name,
            wish: VolumeChoice.Wish(
                targets: archive.targets, over: archive.over, key: archive.key, restoreKeys: []),
            write: .last, isUntrusted: false)
        try await withVolumes([use]) {
            if let key = archive.key, try await catalog.versions(of: name).contains(where: { $0.key == key })
            {
                throw Failure(
                    .conflict, "volume \(name.name) has a version with the key ‘\(key)’ already",
                    fix: "remove that version first: varve volume rm \(name.name) --version-id ID")
            }
            try await recording { batch in
                var ids: [LayerID] = []
                for _ in archive.facts { ids.append(try await batch.next()) }
                let numbered = ids
                let new = try await onBlockingThread { [layers] in
                    try Self.makeLayers(of: archive, in: folder, as: numbered, store: layers)
                }
                try await admitRecord(
                    of: "the version of volume \(name.name)", new.reduce(0) { $0 + $1.layer.bytes })
                let version = VolumeVersion(
                    id: SnapshotID.next(), key: archive.key, targets: archive.targets, over: archive.over,
                    layers: ids, bytes: 0, entries: 0, maker: nil, created: now())
                try await catalog.addVersion(
                    NewVolumeVersion(name: name, version: version, layers: new))
                durability.add(ids)
            }
        }
    }

    /// Moves what was unpacked into layers of their own: on one file system, by renames.
    private static func makeLayers(
        of archive: VolumeArchive, in folder: SharedDirectory, as ids: [LayerID], store: LayerStore
    ) throws -> [NewVolumeVersion.Layer] {
        try ids.enumerated().map { index, id in
            let source = try VolumeArchive.layer(index, in: folder.directory)
            let builder = try LayerBuilder(id, in: store)
            for name in try source.entryNames() {
                try source.rename(name, to: builder.root.directory, as: name, .noReplace)
            }
            let layer = try builder.commit()
            return NewVolumeVersion.Layer(
                layer: NewLayer(layer, .volume, try store.size(of: layer)),
                facts: VolumeFacts(signatures: nil, facts: archive.facts[index]))
        }
    }
}
