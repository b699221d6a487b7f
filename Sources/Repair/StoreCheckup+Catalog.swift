import Catalog
import Layers
import Linux
import Model
import SystemPackage

extension StoreCheckup {
    private static let catalogFiles = [StoreFile.catalog, .catalogLog, .catalogIndex].map(\.name)
    /// The catalog that is being made.
    static let freshCatalog = "catalog.new"

    /// The catalog as it is, or as it is made again; nil where there is none to be trusted.
    mutating func trustedCatalog() async throws(Failure) -> CatalogExamination? {
        let found = try examine()
        if let found, found.problems.isEmpty {
            findings.append(
                .fine("catalog", "\(found.content?.layers.count ?? 0) layers are on record"))
            if !found.unrecorded.isEmpty {
                let names = StoreFinding.some(found.unrecorded)
                if isRepair { try await recordAgain() }
                findings.append(
                    .warning(
                        "catalog",
                        "records beside the layers \(isRepair ? "were" : "are") missing or damaged: \(names)",
                        fix: isRepair ? nil : remedy))
            }
            return found
        }
        let damage =
            found.map { "the catalog is damaged: \(StoreFinding.some($0.problems))" }
            ?? "the catalog is missing"
        guard isRepair else {
            findings.append(.failed("catalog", damage, fix: remedy))
            return nil
        }
        if found != nil { await savePending() }
        let report = try rebuild()
        say(damage, report)
        return try examine()
    }

    /// Nil for none.
    private func examine() throws(Failure) -> CatalogExamination? {
        do {
            guard try place.directory.statusIfPresent(StoreFile.catalog.name) != nil else { return nil }
        } catch {
            throw .storage(error, "look for the catalog")
        }
        let (records, note) = (records, note)
        note(CheckupProgress("checking the catalog"))
        var compared = 0
        let source = RecordSource(
            keys: { try records.keys(of: $0.rawValue).keys },
            content: { kind, key in
                compared += 1
                note(CheckupProgress("comparing the catalog with the records beside the layers", compared))
                return try records.read(kind.rawValue, key)
            })
        return try CatalogExamination(
            of: "\(path)/\(StoreFile.catalog.name)", records: isAlone ? source : nil)
    }

    /// Writes down what a damaged catalog still knows of the latest changes, as far as it can be read.
    private func savePending() async {
        guard let catalog = try? Catalog.open(path: "\(path)/\(StoreFile.catalog.name)"),
            let boot = try? SystemClock.bootID()
        else { return }
        note(CheckupProgress("reading what the damaged catalog still has"))
        while let batch = try? await catalog.unrecorded(limit: 500, boot: boot) {
            for record in batch.records {
                try? records.write(record.content, of: record.kind.rawValue, record.key)
            }
            guard (try? await catalog.recorded(upTo: batch.change)) != nil else { return }
        }
    }

    /// Has the daemon's next start write all records anew.
    private func recordAgain() async throws(Failure) {
        let catalog = try Catalog.open(path: "\(path)/\(StoreFile.catalog.name)")
        try await catalog.noteEverything()
    }

    private func rebuild() throws(Failure) -> RebuildReport {
        do {
            for name in Self.catalogFiles.map({
                $0.replacing(StoreFile.catalog.name, with: Self.freshCatalog)
            })
            where try place.directory.statusIfPresent(name) != nil {
                try place.directory.remove(name)
            }
            let mark = try records.readMark().flatMap(RecordMark.init(encoded:))
            var rebuild = try CatalogRebuild(
                at: "\(path)/\(Self.freshCatalog)", boot: try SystemClock.bootID(), mark: mark)
            var done = 0
            for kind in StoreRecord.Kind.allCases {
                for key in try records.keys(of: kind.rawValue).keys.sorted() {
                    done += 1
                    note(CheckupProgress("making the catalog again from the records", done))
                    let content = try records.read(kind.rawValue, key)
                    try rebuild.add([StoreRecord(kind: kind, key: key, content: content)])
                }
            }
            note(CheckupProgress("leaving out of the catalog what stands on nothing"))
            let listing = try layers.listing()
            let report = try rebuild.finish(highest: listing.layers.union(listing.active).max())
            try setOldAside()
            try place.directory.descriptor.synchronizeFileSystem()
            try place.directory.rename(Self.freshCatalog, as: StoreFile.catalog.name, .noReplace)
            try place.directory.descriptor.synchronize()
            return report
        } catch let error as Errno {
            throw .storage(error, "make the catalog again")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "making the catalog again: \(error)", fix: "report this")
        }
    }

    /// The file itself first: a daemon that starts on what is left of this finds no catalog, and says so. A log that
    /// stayed behind would be taken for the new one's.
    private func setOldAside() throws(Errno) {
        let aside = try place.directory.openDirectory("aside")
        let mark = String(SystemClock.realtime / 1_000_000_000)
        for name in Self.catalogFiles where try place.directory.statusIfPresent(name) != nil {
            try place.directory.rename(name, to: aside, as: "\(name).\(mark)", .noReplace)
        }
    }

    private mutating func say(_ damage: String, _ report: RebuildReport) {
        findings.append(
            .warning(
                "catalog",
                "\(damage); made again: \(report.snapshots) snapshots, \(report.images) images, "
                    + "\(report.revisions) revisions, \(report.runs) runs; leases have ended; the old one is in "
                    + "\(path)/aside"))
        if !report.hasIdentity {
            findings.append(
                .warning(
                    "catalog", "the store's own record was lost: steps with environment values will miss once"
                ))
        }
        if !report.unreadable.isEmpty {
            findings.append(
                .warning("catalog", "records that can't be read: \(StoreFinding.some(report.unreadable))"))
        }
        if !report.unsafe.isEmpty {
            findings.append(
                .warning(
                    "catalog",
                    "not on the disk for sure when the machine went down, and left out: "
                        + StoreFinding.some(report.unsafe)))
        }
    }
}
