import Linux
import Model

/// Bounds what is written in a directory of `active/` by a project quota of the store's file system, where that keeps
/// them. It is the hard end of a limit that is watched in any case: a step that writes between two looks comes no
/// further.
struct StepQuotas: Sendable {
    private let active: SharedDirectory
    /// Keeps two stores of one file system apart; nil without quotas.
    private let offset: UInt32?

    /// So much more than the limit is let through that whoever looks afterwards sees it passed.
    private static let slack: UInt64 = 1 << 20

    init(for active: SharedDirectory) {
        self.active = active
        let inode = active.directory.hasProjectQuotas() ? try? active.directory.status().inode : nil
        offset = inode.map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
    }

    /// Bounds what will be made in the directory; nothing is in it yet.
    ///
    /// Where that can't be had the step is watched all the same, so it is no failure.
    func bound(_ directory: borrowing Directory, of number: LayerID, to limit: ByteSize) {
        guard let project = project(of: number) else { return }
        do {
            // Somebody else's.
            guard try directory.usage(ofProject: project) == 0 else { return }
            try directory.limitProject(project, to: UInt64(max(0, limit.bytes)) + Self.slack)
            try directory.setProject(project)
        } catch {
            try? directory.limitProject(project, to: nil)
        }
    }

    /// What was written is a layer from now on, or gone.
    func lift(_ number: LayerID) {
        guard let project = project(of: number) else { return }
        try? active.directory.limitProject(project, to: nil)
    }

    /// 0 is what belongs to no project.
    private func project(of number: LayerID) -> UInt32? {
        guard let offset else { return nil }
        return max(1, offset &+ UInt32(truncatingIfNeeded: number.number))
    }
}
