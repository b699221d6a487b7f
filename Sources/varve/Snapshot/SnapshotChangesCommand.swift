import API
import ArgumentParser
import Client
import Model

/// `varve snapshot changes`: what a step changed, entry by entry.
struct SnapshotChangesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "changes", abstract: "List what a step changed against what it stood on.",
        discussion: "A added, M modified, D deleted.")

    @Argument(help: "The snapshot's id.")
    var snapshot: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        let style = global.style(for: .output)
        try await client.everything({ try await client.changes(of: snapshot, $0) }) { change in
            switch global.format {
            case .json: try JSONOutput.write(change)
            case .human: try StandardStream.output.writeLine(line(change, style))
            }
        }
    }

    private func line(_ change: Wire.Change, _ style: Style) -> String {
        let letter =
            switch change.kind {
            case .added: style.green("A")
            case .modified: style.yellow("M")
            case .deleted: style.red("D")
            }
        let size = change.bytes.map { style.dim("  \(ByteSize(bytes: $0))") } ?? ""
        let isDirectory = change.type == "directory" && !change.path.hasSuffix("/")
        return "\(letter) \(DisplayText.oneLine(change.path))\(isDirectory ? "/" : "")\(size)"
    }
}
