/// What became of an attempt to unmount.
package enum UnmountOutcome: ~Copyable, Sendable {
    case done
    /// A process uses the tree: it stays mounted as it was, and the handle is given back.
    case busy(Mount)
}
