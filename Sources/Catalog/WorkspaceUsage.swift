package import Model

/// What one workspace keeps on disk.
package struct WorkspaceUsage: Sendable, Hashable {
    package var scope: Scope
    package var name: String
    /// Of the layers its revisions are made of.
    package var revisionBytes: Int64
    /// Of the layers its snapshots' own steps left.
    package var snapshotBytes: Int64
    /// Of those, what other snapshots stand on.
    package var sharedBytes: Int64
    package var snapshots: Int64
}
