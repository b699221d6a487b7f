import Model
import SystemPackage

/// One kind of walk through one or several trees, depth first and without recursion: hostile depth costs
/// memory, neither stack nor descriptors.
protocol TreeVisitor {
    /// A directory on the way, in every tree the walk goes through side by side.
    associatedtype Level: TreeLevel

    /// Comes to a directory: what of it is to be visited by name, in order.
    mutating func enter(_ level: Level) throws -> [[UInt8]]

    /// Visits one of the names that `enter` gave; the level to go down to, `nil` for none.
    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level?

    /// All below `level` has been visited.
    mutating func leave(_ level: Level, parent: Level?) throws

    /// Nothing more is wanted: the walk ends before the next name.
    var isDone: Bool { get }

    /// How many levels of the walk keep their descriptors.
    static var openLevels: Int { get }
}

/// A place in a walk that can do without its descriptors for a while.
protocol TreeLevel: AnyObject {
    /// Where the walk is, for messages.
    var path: EntryPath { get }

    /// Closes descriptors, which `TreeDirectory` opens again when they are needed.
    func suspend()
}

extension TreeVisitor {
    mutating func leave(_ level: Level, parent: Level?) throws {}
    var isDone: Bool { false }
    static var openLevels: Int { 32 }

    /// Walks from `root` to the end; `action` completes the sentence "cannot …" in errors, with the path.
    mutating func walk(from root: Level, action: String) throws(Failure) {
        var stack = [(level: root, names: try name(root, action) { try enter(root) }, next: 0)]
        while !isDone, let top = stack.last {
            guard top.next < top.names.count else {
                stack.removeLast()
                try name(top.level, action) { try leave(top.level, parent: stack.last?.level) }
                continue
            }
            stack[stack.count - 1].next += 1
            let next = try name(top.level, action) { try visit(top.names[top.next], of: top.level) }
            guard let next else { continue }
            if stack.count >= Self.openLevels { stack[stack.count - Self.openLevels].level.suspend() }
            stack.append((next, try name(next, action) { try enter(next) }, 0))
        }
    }

    private func name<T>(_ level: Level, _ action: String, _ body: () throws -> T) throws(Failure) -> T {
        try storing("\(action) at \(level.path)", body)
    }
}
