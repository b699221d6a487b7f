import Linux
package import Model
import SystemPackage

/// What the disk had that the catalog does not know, and the other way round.
package struct StoreSweep: Hashable, Sendable {
    /// Layers nobody claims, now in `dead/`: a commit that was cut off before its transaction.
    package var unknownLayers: [LayerID] = []
    /// Directories of steps and layers that were never finished, now in `dead/`.
    package var unfinished: [LayerID] = []
    /// Layers the catalog claims and the disk does not have.
    package var missingLayers: [LayerID] = []
    /// Paths of what is not the store's; left where it is.
    package var foreign: [String] = []
}

extension LayerStore {
    /// Makes the disk agree with the catalog, at start, before anything is prepared or committed.
    ///
    /// - Parameters:
    ///   - claimed: all layers the catalog has a live record of.
    ///   - holding: active directories that somebody still writes to, or may.
    package func sweep(claimed: Set<LayerID>, holding: Set<LayerID> = []) throws(Failure) -> StoreSweep {
        var sweep = StoreSweep()
        let present = try numbers(in: layers, named: "layers", foreign: &sweep.foreign)
        sweep.missingLayers = claimed.subtracting(present).sorted()
        sweep.unknownLayers = present.subtracting(claimed).sorted()
        for id in sweep.unknownLayers { try graveyard.bury(id, from: layers) }
        let begun = try numbers(in: active, named: "active", foreign: &sweep.foreign)
        sweep.unfinished = begun.subtracting(holding).sorted()
        for number in sweep.unfinished { try graveyard.bury(number, from: active) }
        return sweep
    }

    private func numbers(
        in folder: SharedDirectory, named folderName: String, foreign: inout [String]
    ) throws(Failure) -> Set<LayerID> {
        var found: [String] = []
        var numbers: Set<LayerID> = []
        try storing("read the folder \(folderName) of the store") {
            let directory = try folder.directory.reopened()
            try directory.visitEntries { name in
                let text = EntryPath.printable(name.bytes)
                // Only what the store itself would have written: no sign, no leading zero.
                if let number = Int64(text), number > 0, String(number) == text,
                    try directory.status(name).kind == .directory
                {
                    numbers.insert(LayerID(number))
                } else {
                    found.append("\(folderName)/\(text)")
                }
            }
        }
        foreign += found.sorted()
        return numbers
    }
}
