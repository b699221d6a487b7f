import API
import ArgumentParser
import Client
import Model

/// `varve du`: what the store takes on disk.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "du", abstract: "Show what the store takes on disk.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let usage = try await global.client.usage()
        if global.format == .json { return try JSONOutput.write(usage) }
        let style = global.style(for: .output)
        var areas = Table([("SIZE", .right), ("COUNT", .right), ("WHAT", .left)])
        for area in usage.areas {
            areas.add([ByteSize(bytes: area.bytes).description, area.count.map { "\($0)" } ?? "", area.name])
        }
        areas.add([ByteSize(bytes: usage.totalBytes).description, "", "total"])
        areas.add([
            ByteSize(bytes: usage.freeBytes).description, "",
            "free of \(ByteSize(bytes: usage.capacityBytes))",
        ])
        try areas.print(style)
        if let disk = usage.disk, disk.level != "normal" {
            try StandardStream.output.writeLine("")
            try StandardStream.output.writeLine("disk: " + DisplayText.oneLine(disk.detail))
        }
        guard !usage.workspaces.isEmpty else { return }
        try StandardStream.output.writeLine("")
        var workspaces = Table([
            ("REVISIONS", .right), ("SNAPSHOTS", .right), ("OWN", .right), ("SHARED", .right),
            ("COUNT", .right), ("WORKSPACE", .left),
        ])
        for workspace in usage.workspaces {
            workspaces.add([
                ByteSize(bytes: workspace.revisionBytes).description,
                ByteSize(bytes: workspace.snapshotBytes).description,
                ByteSize(bytes: workspace.snapshotBytes - workspace.sharedBytes).description,
                ByteSize(bytes: workspace.sharedBytes).description, "\(workspace.snapshots)", workspace.name,
            ])
        }
        try workspaces.print(style)
    }
}
