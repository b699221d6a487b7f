import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve image list`: the images in the store.
struct ImageListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List images.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        var images: [Wire.Image] = []
        try await client.everything({ try await client.images($0) }, receive: { images.append($0) })
        if global.format == .json { return try images.forEach { try JSONOutput.write($0) } }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("DIGEST", .left), ("LAYERS", .right), ("SIZE", .right), ("IMPORTED", .left), ("NAME", .left),
        ])
        for image in images {
            table.add([
                HumanText.short(image.digest), "\(image.layers.count)",
                ByteSize(bytes: image.bytes).description,
                HumanText.age(of: image.createdAt.timestamp, now: now),
                image.name + (image.isShared ? " (shared)" : ""),
            ])
        }
        try table.print(global.style(for: .output))
    }
}
