import Catalog
import Layers
import Linux
import Model
import Sandbox
import SystemPackage

extension StoreCheckup {
    /// Says what lies in the store that is not the store's, and what was set aside.
    mutating func folders(_ listing: StoreListing = StoreListing()) {
        var foreign = listing.foreign
        for name in (try? place.directory.entryNames()) ?? [] {
            let text = EntryPath.printable(name)
            let isKnown = StoreFile(rawValue: text) != nil || StoreFolder(rawValue: text) != nil
            if !isKnown, !text.hasPrefix(Self.freshCatalog) { foreign.append(text) }
        }
        for kind in StoreRecord.Kind.allCases {
            foreign += (try? records.keys(of: kind.rawValue).foreign) ?? []
        }
        if let empty = try? place.directory.openDirectory(StoreFolder.empty.name) {
            foreign += ((try? empty.entryNames()) ?? []).map { "empty/\(EntryPath.printable($0))" }
        }
        if !foreign.isEmpty {
            findings.append(
                .warning(
                    "folders", "not Varve's: \(StoreFinding.some(foreign.sorted()))",
                    fix: "move them out of \(path), unless they are wanted there; Varve leaves them alone"))
        }
        guard let aside = try? place.directory.openDirectory(StoreFolder.aside.name),
            let kept = try? aside.entryNames(),
            !kept.isEmpty
        else { return }
        let names = kept.map(EntryPath.printable).sorted()
        findings.append(
            .warning(
                "folders", "set aside: \(StoreFinding.some(names))",
                fix: "look at them, and then: rm -r \(path)/aside/*"))
    }

    /// Says what is mounted and which control groups there are for this store, besides those of its leases, and takes
    /// away what no process is in.
    mutating func leftovers(_ examination: CatalogExamination, keeping: Set<String>) {
        guard let storeID = examination.storeID else { return }
        let root = runtime.mounts(of: storeID)
        let names = ((try? Directory(opening: root).entryNames()) ?? []).map {
            String(decoding: $0, as: UTF8.self)
        }
        // What of it belongs to a run is for the daemon alone to tell.
        let goingOn = names.filter(examination.unfinishedRuns.contains).sorted()
        guard goingOn.isEmpty else {
            findings.append(
                .fine("leftovers", "varved goes on with run \(StoreFinding.some(goingOn)) when it starts"))
            return
        }
        var left: [String] = []
        for id in names {
            if keeping.contains(id) || isAlive(root, id) { continue }
            if isRepair, take(away: id, below: root) { continue }
            left.append("\(root)/\(id)")
        }
        // The daemon that left them may have been in the service manager's slice or not.
        for slice in [nil, ServiceSlice.name] {
            let groups = ControlGroup.steps(of: storeID, in: slice)
            for name in (try? groups.children()) ?? [] where !keeping.contains(name) {
                let group = groups.child(name)
                // What can't be seen is not taken away.
                if (try? group.isOccupied()) != false { continue }
                if isRepair, (try? group.clear(patience: .zero)) == [] { continue }
                left.append("control group \(group.path)")
            }
        }
        guard !left.isEmpty else { return }
        findings.append(
            .warning(
                "leftovers", "left by steps that are over: \(StoreFinding.some(left))",
                fix: isRepair
                    ? "start varved, which ends what is left of steps and detaches what other processes use"
                    : "\(remedy) or start varved"))
    }

    /// A supervisor still runs the step.
    private func isAlive(_ root: String, _ id: String) -> Bool {
        guard let bundle = try? Directory(opening: "\(root)/\(id)", following: false),
            let lock = try? SupervisorLock(of: bundle)
        else { return false }
        return (try? lock.holder()) != nil
    }

    private func take(away id: String, below root: String) -> Bool {
        do {
            guard try MountTable.unmountAll(below: Array("\(root)/\(id)".utf8)).isEmpty else { return false }
            try Directory(opening: root).removeTree(id)
            return true
        } catch {
            return false
        }
    }
}
