import Archives
import Foundation
import Linux
import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct `A volume's import` {
    private struct ShellError: Error { let script: String }

    private func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-euc", script]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ShellError(script: script) }
    }

    @Test func `leaves what the operator's reserve keeps for steps to end`() async throws {
        let root = "/var/tmp/varve-import-\(UUID().uuidString.prefix(8))"
        defer { try? shell("umount -l '\(root)/disk' || true; rm -r '\(root)'") }
        try shell(
            """
            mkdir -p '\(root)/disk'; cd '\(root)'; truncate -s 40G image
            mkfs.ext4 -q -F -m 0 -i 262144 -O ^has_journal -E lazy_itable_init=1,nodiscard image
            mount -o loop image disk
            """)
        try await EngineFixture.open(
            configure: { configuration in
                configuration.storePath = root + "/disk/store"
                // More than a twentieth of the disk, which then is the reserve; a quarter of it, 512 MiB, is left.
                configuration.disk = DiskMarks(reserve: ByteSize(bytes: 16 << 30))
            }
        ) { fixture in
            var tar = TarBuilder()
            tar.entry("large", content: [UInt8](repeating: 1, count: 20 << 20))
            try Data(tar.finished).write(to: URL(fileURLWithPath: root + "/large.tar"))
            try shell(
                "cd '\(root)/disk'; fallocate -l $(($(df --output=avail -B1 . | tail -1) - (400 << 20))) filler"
            )
            let name = VolumeName(
                scope: Scope(owner: 0), workspace: nil, name: try ResourceName("cache", kind: "volume"))
            let failure = await #expect(throws: Failure.self) {
                _ = try await fixture.engine.importVolume(
                    name, archive: Descriptor.openFile(root + "/large.tar"), packing: .plain)
            }
            #expect(failure?.code == .storageFull)
        }
    }
}
