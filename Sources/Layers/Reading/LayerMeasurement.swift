import Linux
import Model

/// A walk that only adds up what a tree takes.
struct LayerMeasurement: TreeVisitor {
    typealias Level = TreeDirectory

    private var counter = LayerSizeCounter()

    static func size(of root: borrowing Directory) throws(Failure) -> LayerSize {
        try measure(root, countsLinked: true)
    }

    /// Without the bytes of files that have names elsewhere.
    static func unsharedSize(of root: borrowing Directory) throws(Failure) -> LayerSize {
        try measure(root, countsLinked: false)
    }

    private static func measure(
        _ root: borrowing Directory, countsLinked: Bool
    ) throws(Failure) -> LayerSize {
        var measurement = LayerMeasurement()
        measurement.counter.countsLinked = countsLinked
        let top = try storing("open a layer") { TreeDirectory(root: try root.reopened()) }
        try measurement.walk(from: top, action: "measure a layer")
        return measurement.counter.size
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        let opened = try level.opened()
        var subdirectories: [[UInt8]] = []
        try opened.directory.visitEntries { name in
            let status = try opened.directory.status(name)
            counter.count(status)
            if status.kind == .directory { subdirectories.append(name.bytes) }
        }
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        try level.child(name)
    }
}
