import Foundation
import Subprocess
import TestSupport
import Testing

/// A disk of 192 MiB below a playground's store, whose writes and flushes `integration/tools/block-log` records.
final class RecordedDisk {
    private let play: Playground
    private let folder: String
    /// XFS has been seen to be beyond recovery after writes that were lost out of their order; ext4 takes them in any.
    private let cut: String
    /// Looks at a file system that is not mounted, and changes nothing.
    private let check: String
    private var server: Process?
    private var loop: String?
    /// How much of the log there was when what is tested began and ended.
    var begin = 0
    var end = 0

    private static let tool = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("tools/block-log")
        .path

    static func canMake(_ fileSystem: String) async throws -> Bool {
        try await Playground.shell("command -v mkfs.\(fileSystem)", in: "/").status == 0
    }

    init(in play: Playground, fileSystem: String) async throws {
        self.play = play
        folder = play.root + "/disk"
        cut = fileSystem == "xfs" ? "cut-in-order" : "cut"
        check = fileSystem == "xfs" ? "xfs_repair -n" : "e2fsck -fn"
        let size = fileSystem == "xfs" ? "320M" : "128M"
        try await Self.succeed(
            """
            mkdir '\(folder)' '\(folder)/recorded'; truncate -s \(size) '\(folder)/image'
            mkfs.\(fileSystem) -q '\(folder)/image'; rm -rf '\(play.store)'; mkdir '\(play.store)'
            """)
    }

    private static func succeed(_ script: String) async throws {
        let output = try await Playground.shell(script, in: "/")
        try #require(output.status == 0, "\(script): \(output.stderr)")
    }

    /// Mounts the disk as the store, recording from here on.
    func mount() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", Self.tool, "serve", folder + "/recorded", folder + "/image", folder + "/log",
        ]
        try process.run()
        server = process
        try await play.awaitNone("the disk is not there") {
            FileManager.default.fileExists(atPath: folder + "/recorded/disk") ? [] : ["no disk"]
        }
        let device = try await Playground.shell("losetup -f --show '\(folder)/recorded/disk'", in: "/")
        try #require(device.status == 0, "\(device.stderr)")
        loop = device.lines.first
        try await Self.succeed("mount \(loop ?? "") '\(play.store)'")
    }

    func written() throws -> Int {
        try FileManager.default.attributesOfItem(atPath: folder + "/log")[.size] as? Int ?? 0
    }

    /// Mounts as the store what the disk may have held at a moment.
    ///
    /// - Returns: whether the file system itself has come back whole, as its own program says once the journal is played
    ///   back: a damaged one says nothing of what lies on it.
    func mount(asAt moment: Int, seed: Int) async throws -> Bool {
        try await Self.succeed(
            "python3 '\(Self.tool)' \(cut) '\(folder)/image' '\(folder)/log' \(seed) \(moment) '\(folder)/result'"
        )
        let result = try await Playground.shell(
            """
            mount -o loop '\(folder)/result' '\(play.store)' && umount '\(play.store)' || exit 1
            # Whoever makes a mount namespace just now has a copy of the mount for a moment.
            for i in $(seq 600); do [ -z "$(losetup -j '\(folder)/result')" ] && break; sleep 0.1; done
            \(check) '\(folder)/result' || exit 1
            mount -o loop '\(folder)/result' '\(play.store)'
            """, in: "/")
        return result.status == 0
    }

    func unmount() async throws {
        _ = try await Playground.shell("umount '\(play.store)'", in: "/")
        if let loop { _ = try await Playground.shell("losetup -d \(loop)", in: "/") }
        loop = nil
    }

    /// Ends the recording.
    func stop() async throws {
        guard let server else { return }
        // The loop device may be let go of a moment later; what counts has been written down.
        _ = try await Playground.shell("umount -l '\(folder)/recorded'", in: "/")
        server.terminate()
        self.server = nil
        await server.ended()
    }
}
