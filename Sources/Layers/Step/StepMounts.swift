package import Linux
package import SystemPackage

/// A step's overlays, attached to nothing: to be handed to whoever runs the step.
package struct StepMounts: ~Copyable, Sendable {
    /// The root file system.
    private let system: DetachedMount
    /// What belongs at the workspace's target; `nil` for a step without one.
    private let workspace: DetachedMount?

    init(system: consuming DetachedMount, workspace: consuming DetachedMount?) {
        self.system = system
        self.workspace = workspace
    }

    /// The root of the step's file system. Open, it keeps the step busy.
    package borrowing func systemDirectory() throws(Errno) -> Directory { try system.directory() }

    /// The step's workspace, if it has one. Open, it keeps the step busy.
    package borrowing func workspaceDirectory() throws(Errno) -> Directory? {
        switch workspace {
        case .some(let mount): try mount.directory()
        case .none: nil
        }
    }

    /// Hands the mounts over, one by one.
    package consuming func separate<Result: ~Copyable>(
        _ body: (_ system: consuming DetachedMount, _ workspace: consuming DetachedMount?) throws -> Result
    ) rethrows -> Result {
        try body(system, workspace)
    }
}
