import Linux
package import Model
import SystemPackage

extension LayerStore {
    /// What lies in `layers/` and `active/`.
    package func listing() throws(Failure) -> StoreListing {
        var listing = StoreListing()
        listing.layers = try numbers(in: layers, of: .layers, foreign: &listing.foreign)
        listing.active = try numbers(in: active, of: .active, foreign: &listing.foreign)
        return listing
    }

    /// Moves out of the way what the plan has no use for: a rename each. To be called when what is lost has been
    /// given up on record.
    package func carryOut(_ plan: RecoveryPlan) throws(Failure) {
        for id in plan.deadLayers { try graveyard.bury(id, from: layers) }
        for id in plan.deadActive { try bury(active: id) }
        for id in plan.strangeLayers { try setAside(id, from: layers, of: .layers) }
        for id in plan.strangeActive { try setAside(id, from: active, of: .active) }
    }

    /// Moves a directory to `aside/`, where nothing is deleted and no number counts.
    package func setAside(layer: LayerID) throws(Failure) {
        try setAside(layer, from: layers, of: .layers)
    }

    private func setAside(
        _ id: LayerID, from directory: SharedDirectory, of folder: StoreFolder
    ) throws(Failure) {
        try storing("set \(folder.name)/\(id) aside") {
            var place = "\(folder.name)-\(id)"
            while try aside.directory.statusIfPresent(place) != nil {
                place = "\(folder.name)-\(id)-\(String(UInt32.random(in: .min ... .max), radix: 16))"
            }
            do {
                try directory.directory.rename(id.description, to: aside.directory, as: place, .noReplace)
            } catch Errno.noSuchFileOrDirectory {
                return
            }
        }
    }

    private func numbers(
        in directory: SharedDirectory, of folder: StoreFolder, foreign: inout [String]
    ) throws(Failure) -> Set<LayerID> {
        var found: [String] = []
        var numbers: Set<LayerID> = []
        try storing("read the folder \(folder.name) of the store") {
            let directory = try directory.directory.reopened()
            try directory.visitEntries { name in
                let text = EntryPath.printable(name.bytes)
                // Only what the store itself would have written: no sign, no leading zero. A look at each of a
                // hundred thousand would take longer than all the rest.
                if let number = Int64(text), number > 0, String(number) == text,
                    try (name.kind ?? directory.status(name).kind) == .directory
                {
                    numbers.insert(LayerID(number))
                } else {
                    found.append("\(folder.name)/\(text)")
                }
            }
        }
        foreign += found.sorted()
        return numbers
    }
}
