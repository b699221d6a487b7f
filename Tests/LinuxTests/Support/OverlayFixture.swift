import Glibc
import Linux
import SystemPackage

/// Layers and upper directories of overlays in a scratch directory.
struct OverlayFixture: ~Copyable {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Makes a layer directory with one file of its own, named as the layer, and a `common` file that tells
    /// which layer it is of.
    func makeLayer(_ name: String) throws -> SharedDirectory {
        let layer = SharedDirectory(try scratch.makeDirectory(name))
        try layer.directory.write("only-\(name)", name)
        try layer.directory.write("common", name)
        return layer
    }

    /// `count` layers, uppermost first: "0", "1", …
    func makeLayers(_ count: Int) throws -> [OverlayLower] {
        var layers: [OverlayLower] = []
        for index in 0..<count { layers.append(OverlayLower(try makeLayer(String(index)))) }
        return layers
    }

    /// A fresh upper directory "upper" and its work directory, below a directory of that name.
    func makeUpper(_ name: String = "active") throws -> OverlayUpper {
        let parent = SharedDirectory(try scratch.makeDirectory(name))
        try parent.directory.createDirectory("upper", mode: 0o755)
        try parent.directory.createDirectory("work")
        return OverlayUpper(in: parent, name: "upper", workName: "work")
    }

    static func mounter(_ form: OverlayForm) -> OverlayMounter { OverlayMounter(OverlaySupport(form: form)) }
}

/// How many descriptors on directories and mounts below `path` this process has, and mounts there.
func leftovers(below path: String) throws -> [String] {
    let own = try Directory(opening: "/proc/self/fd")
    var found = try own.entryNames().compactMap { name -> String? in
        guard let target = try? own.readLink(name) else { return nil }
        let text = String(decoding: target, as: UTF8.self)
        return text.hasPrefix(path) ? text : nil
    }
    found += try MountTable.entries(below: Array(path.utf8)).map {
        String(decoding: $0.target, as: UTF8.self)
    }
    return found
}
