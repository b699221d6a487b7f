import Linux
import Model
import SystemPackage

extension LayerStore {
    /// The directory of one place in a volume's layer; nil in a layer that has nothing there.
    func directory(ofPlace place: Int, in layer: LayerID) throws(Failure) -> SharedDirectory? {
        let root = try self.layer(layer)
        return try storing("open a volume's layer \(layer)") {
            do throws(Errno) {
                return SharedDirectory(try root.directory.openDirectory("\(place)"))
            } catch {
                guard error == .noSuchFileOrDirectory else { throw error }
                return nil
            }
        }
    }

    /// What is below a step's own directory at one place of a volume, uppermost first; may be nothing.
    func lowers(of volume: StepVolume, at position: Int) throws(Failure) -> [OverlayLower] {
        var lowers: [OverlayLower] = []
        for layer in volume.layers {
            if let directory = try directory(ofPlace: position, in: layer) {
                lowers.append(OverlayLower(directory))
            }
        }
        lowers += try self.lowers(volume.places[position].ground)
        let limit = mounter.support.form.maximumLowers
        guard lowers.count < limit else {
            throw Failure(
                .tooMany,
                "\(volume.title) has \(lowers.count) layers, more than the kernel stacks (\(limit))",
                fix: "run fewer steps with it at once; long chains are squashed in the background")
        }
        return lowers
    }

    /// What the root of a volume's place looks like when a step begins.
    func rootMetadata(of volume: StepVolume, at position: Int) throws(Failure) -> EntryMetadata {
        for layer in volume.layers {
            guard let directory = try directory(ofPlace: position, in: layer) else { continue }
            return try storing("look at a volume's layer \(layer)") {
                try EntryMetadata(of: directory.directory)
            }
        }
        if let top = volume.places[position].ground.first { return try metadata(of: top) }
        var plain = EntryMetadata.plainDirectory
        (plain.uid, plain.gid) = (volume.uid, volume.gid)
        return plain
    }
}
