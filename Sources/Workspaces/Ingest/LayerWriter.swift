import Linux
import Model
import SystemPackage

/// Puts entries into a layer by their paths, making directories on the way.
///
/// Consecutive paths mostly share their directory, which stays open. Several writers may fill one layer as long as they are
/// given different entries. Modes and times of directories come last, from `DeltaAssembly`.
struct LayerWriter {
    private var trail: DirectoryTrail

    init(root: SharedDirectory) { trail = DirectoryTrail(root: root) }

    /// The directory that is to hold the entry at `path`, made if need be; whatever else has its name is removed.
    mutating func parent(of path: [UInt8]) throws(Errno) -> SharedDirectory {
        try directory(path.split(separator: UInt8(ascii: "/")).dropLast())
    }

    /// The directory with these names, made if need be.
    mutating func directory(_ names: ArraySlice<ArraySlice<UInt8>>) throws(Errno) -> SharedDirectory {
        let known = trail.names
        let common = zip(known, names).prefix { $0.elementsEqual($1) }.count
        while trail.depth > common { try trail.pop() }
        for name in names.dropFirst(common) {
            let name = Array(name)
            try trail.push(name, LayerWriter.makeDirectory(name, in: trail.current.directory))
        }
        return trail.current
    }

    private static func makeDirectory(
        _ name: [UInt8], in parent: borrowing Directory
    ) throws(Errno) -> SharedDirectory {
        do {
            return SharedDirectory(try parent.openDirectory(name))
        } catch .noSuchFileOrDirectory {
            // The usual case.
        } catch .notDirectory {
            // An earlier pass met something else here.
            do {
                try parent.remove(name)
            } catch .isDirectory, .noSuchFileOrDirectory {
                // Another writer was faster.
            }
        }
        do {
            try parent.createDirectory(name)
        } catch .fileExists {
            // Another writer was faster.
        }
        return SharedDirectory(try parent.openDirectory(name))
    }
}
