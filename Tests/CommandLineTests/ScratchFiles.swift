import Linux
import SystemPackage

func write(_ text: String, to path: String) throws { try writeBytes(Array(text.utf8), to: path) }

func writeBytes(_ bytes: [UInt8], to path: String) throws {
    try Descriptor.openFile(path, [.writeOnly, .create, .truncate], mode: 0o644).writeAll(bytes)
}

/// Removes `path`, which lies directly below `/tmp`, with all below it.
func removeTree(_ path: String) {
    let name = String(path.dropFirst("/tmp/".count))
    try? Directory(opening: "/tmp").removeTree(name)
}
