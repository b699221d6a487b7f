import Linux
import Model
import SystemPackage
import TestSupport
import Testing
import Workspaces

/// Size costs hardly any memory.
@Suite(.serialized) struct LargeTreeTests {
    /// In KiB, from /proc/self/status.
    private func memory(_ field: String) throws -> Int {
        let line = try OwnProcess.field(field + ":")
        return try #require(line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).last ?? "") })
    }

    /// How far the process's memory rises above what it is now, in KiB.
    private func growth(of body: () async throws -> Void) async throws -> Int {
        // The peak is set back to what it is now.
        try Descriptor.openFile("/proc/self/clear_refs", .writeOnly).writeAll(Array("5".utf8))
        let before = try memory("VmRSS")
        try await body()
        return try memory("VmHWM") - before
    }

    @Test func `100,000 files are taken, known again, and told apart`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            "for d in $(seq 100); do mkdir -p d$d/e; seq $((d*1000)) $((d*1000+999)) | split -l 1 -a 3 - d$d/e/f; done"
        )
        var first: IngestFixture.Taken?
        let growth = try await growth { first = try await fixture.ingest() }
        #expect(first?.report.files == 100_000)
        #expect(first?.report.copied == 100_000)
        #expect(growth < 400 << 10, "\(growth) KiB")
        #expect(try await fixture.ingest().report.reused == 100_000)
        try fixture.change("echo edited > d50/e/faaa; rm -r d51; mkdir d52/new")
        let second = try await fixture.ingest()
        #expect(second.report.copied == 1)
        #expect(second.report.files == 99_000)
        let (view, source) = try fixture.listings()
        #expect(view == source)
    }

    @Test func `a sparse file of 1 GiB is read in pieces and stays sparse`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(
            "truncate -s 1G sparse; printf middle | dd of=sparse bs=1M seek=512 conv=notrunc status=none")
        var taken: IngestFixture.Taken?
        let growth = try await growth { taken = try await fixture.ingest() }
        #expect(taken?.report.bytes == 1 << 30)
        #expect(growth < 200 << 10, "\(growth) KiB")
        let sum = String(decoding: try fixture.scratch.sh("sha256sum < source/sparse"), as: UTF8.self)
        #expect(fixture.content("sparse").map { "\($0)" } == String(sum.prefix(64)))
        let blocks = try #require(Int(fixture.stat("%b", "sparse")))
        #expect(blocks < 2048, "\(blocks) blocks")
        #expect(try fixture.stat("%s", "sparse") == "\(1 << 30)")
    }
}
