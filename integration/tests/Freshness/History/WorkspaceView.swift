/// Everything a step can see of a workspace and of `/data`, one entry per line: path, type, mode, and a link's
/// target; then the files' lines. Not owners, not times.
struct WorkspaceView: Equatable {
    /// Prints the view in a step.
    static let script = "cd / && mkdir -p data && \(commands("workspace data"))"

    /// Prints the view of the directory `workspace` on the host.
    static let hostScript = commands("workspace")

    private static func commands(_ roots: String) -> String {
        """
        find \(roots) -exec stat -c '%N %F %a' {} + | sort
        find \(roots) -type f | sort | xargs -r grep -H '' || true
        """
    }

    let lines: [String]

    init(_ log: String) { lines = log.split(separator: "\n").map(String.init) }

    /// Without what lies outside of the workspace.
    var ofWorkspace: WorkspaceView {
        WorkspaceView(
            lines.filter { !$0.hasPrefix("data") && !$0.hasPrefix("'data") }.joined(separator: "\n"))
    }

    /// The entries of which there is no equal on the other side.
    func differences(from other: WorkspaceView) -> [String] {
        if self == other { return [] }
        let (mine, theirs) = (Set(lines), Set(other.lines))
        let different =
            lines.filter { !theirs.contains($0) }
            + other.lines.filter { !mine.contains($0) }
            .map { "scratch: \($0)" }
        return different.isEmpty ? ["the order differs: \(lines) \(other.lines)"] : different
    }
}
