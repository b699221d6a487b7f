import Catalog
import Layers
import Linux
import Model
import SystemPackage

extension StoreCheckup {
    /// Compares the layers on record with those on the disk, walking each. The altered ones are answered, in words.
    mutating func look(
        at examination: CatalogExamination, _ content: CatalogContent
    ) throws(Failure) -> (StoreListing, altered: [LayerID: String]) {
        let listing = try layers.listing()
        var altered: [LayerID: String] = [:]
        var missing: [LayerID] = []
        for (done, (id, recorded)) in examination.layers.sorted(by: { $0.key < $1.key }).enumerated() {
            note(CheckupProgress("walking the layers", done, of: examination.layers.count))
            guard listing.layers.contains(id) else {
                missing.append(id)
                continue
            }
            do {
                altered[id] = try alteration(of: id, since: recorded)
            } catch  where !isAlone {
                // Collected meanwhile.
                continue
            }
        }
        if !missing.isEmpty {
            say("missing: \(StoreFinding.some(missing.map { "layers/\($0)" }))")
        }
        if !altered.isEmpty {
            say("altered: \(StoreFinding.some(altered.sorted { $0.key < $1.key }.map(\.value)))")
        }
        if missing.isEmpty, altered.isEmpty {
            let young = examination.layers.values.count { $0.fingerprint == nil }
            findings.append(
                .fine(
                    "layers",
                    "\(examination.layers.count) are as they were committed"
                        + (young == 0 ? "" : ", \(young) of them by the number of their entries alone")))
        }
        return (listing, altered)
    }

    /// In words; nil for none that can be seen.
    private func alteration(of id: LayerID, since recorded: RecordedLayer) throws(Failure) -> String? {
        guard let found = try layers.fingerprint(of: id) else { return nil }
        if found.entries != recorded.entries {
            return "layers/\(id) has \(found.entries) entries instead of \(recorded.entries)"
        }
        guard let before = recorded.fingerprint, found.digest != before else { return nil }
        return "layers/\(id) has entries of other names, sizes, times, modes or owners than before"
    }

    private mutating func say(_ damage: String) {
        findings.append(
            isRepair
                ? .warning(
                    "layers",
                    "\(damage); given up with what stands on them, to be made again by the next runs")
                : .failed("layers", damage, fix: remedy))
    }

    /// Gives up what is lost, sets altered layers aside, and brings the folders in line.
    mutating func mend(
        _ content: CatalogContent, _ listing: StoreListing, _ altered: [LayerID: String]
    ) async throws(Failure) {
        note(CheckupProgress("mending"))
        let catalog = try Catalog.open(path: "\(path)/\(StoreFile.catalog.name)")
        let host = try hostState(of: content)
        for id in altered.keys.sorted() { try layers.setAside(layer: id) }
        var listing = listing
        listing.layers.subtract(altered.keys)
        let plan = RecoveryPlan(content, listing, host)
        let report = try await catalog.giveUp(Set(plan.lost.keys), entering: host.boot)
        try layers.carryOut(plan)
        if !report.isEmpty {
            let what =
                report.snapshots.map { "snapshot \($0)" } + report.images.map { "image \($0)" }
                + (report.revisions.isEmpty ? [] : ["\(report.revisions.count) revisions"])
                + report.volumes.map { "version \($0) of a volume" }
            findings.append(.warning("layers", "given up: \(StoreFinding.some(what))"))
        }
        let strange = plan.strangeLayers.map { "layers/\($0)" } + plan.strangeActive.map { "active/\($0)" }
        if !strange.isEmpty {
            findings.append(
                .warning("folders", "set aside, as nobody knows them: \(StoreFinding.some(strange))"))
        }
    }

    private func hostState(of content: CatalogContent) throws(Failure) -> HostState {
        do {
            // The daemon's next start decides on leases; until then all keep their directories.
            return HostState(
                boot: try SystemClock.bootID(), now: Timestamp(nanoseconds: SystemClock.realtime),
                writing: Set(content.leases.compactMap(\.step?.active)).union(try layers.listing().active))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.storageFailed, "cannot read the boot's name: \(error)", fix: "mount /proc")
        }
    }
}
