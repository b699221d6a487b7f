import API
import ArgumentParser
import Client
import Model

/// `varve snapshot inspect`: one snapshot with everything it was made of and relies on.
struct SnapshotInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show a snapshot's origin, declared fields and facts.")

    @Argument(help: "The snapshot's id.")
    var snapshot: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let snapshot = try await global.client.snapshot(snapshot)
        if global.format == .json { return try JSONOutput.write(snapshot) }
        let style = global.style(for: .output)
        var lines = rows(snapshot).map { style.dim(DisplayText.pad($0.name, 18)) + " " + $0.value }
        if let fields = snapshot.fields, !fields.isEmpty {
            lines += ["", style.bold("fields of the identity")]
            let names = fields.map { DisplayText.oneLine($0.name) }
            let column = names.map(DisplayText.width).filter { $0 <= 32 }.max() ?? 0
            lines += zip(names, fields).map { name, field in
                "  \(DisplayText.pad(name, column)) " + DisplayText.oneLine(field.value ?? "(absent)")
            }
        }
        if let facts = snapshot.facts, !facts.isEmpty {
            lines += ["", style.bold("facts its use relies on")]
            lines += facts.map { fact in
                let path = fact.path.isEmpty ? "(workspace root)" : DisplayText.oneLine(fact.path)
                return "  \(path): \(fact.expected ?? "nothing there")"
            }
        }
        try StandardStream.output.write(lines.map { $0 + "\n" }.joined())
    }

    /// Whether, and if not, what holds it over which others.
    private func collectable(_ snapshot: Wire.Snapshot) -> String {
        guard let holder = snapshot.heldBy else { return "yes" }
        let reason = DisplayText.oneLine(holder.reason)
        guard holder.chain.count > 1 else { return "no: \(reason)" }
        return "no: \(reason) (\(holder.chain.joined(separator: " ← ")))"
    }

    private func rows(_ snapshot: Wire.Snapshot) -> [(name: String, value: String)] {
        [
            ("snapshot", snapshot.id), ("step", snapshot.step.text),
            ("workspace", snapshot.workspace ?? "none"),
            ("kept as", snapshot.retention), ("identity", snapshot.identity?.hex ?? "none"),
            ("parent", snapshot.parent ?? "none"), ("image", snapshot.image.hex),
            ("revision", snapshot.revision?.hex ?? "none"), ("run", snapshot.run),
            ("made", snapshot.createdAt.timestamp.rfc3339),
            ("command took", HumanText.duration(milliseconds: snapshot.durationMs)),
            ("last used", snapshot.usedAt.timestamp.rfc3339), ("pinned", snapshot.isPinned ? "yes" : "no"),
            (
                "children",
                (snapshot.children ?? []).isEmpty ? "none" : (snapshot.children ?? []).joined(separator: " ")
            ),
            (
                "own size",
                "\(ByteSize(bytes: snapshot.ownBytes ?? snapshot.bytes)), shared \(ByteSize(bytes: snapshot.sharedBytes ?? 0))"
            ),
            (
                "written",
                "\(ByteSize(bytes: snapshot.bytes)) in \(HumanText.count(snapshot.entries, "change"))"
            ),
            ("may be collected", collectable(snapshot)),
            ("layers", "\(snapshot.layers)"), ("survives power cut", snapshot.isDurable ? "yes" : "not yet"),
        ]
    }
}
