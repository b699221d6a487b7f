import Archives
import Linux
import Model
import TestSupport
import Testing

struct ArchiveWriterTests {
    private static let tree = """
        mkdir -p t/d/e t/long; echo hello > t/d/f; ln t/d/f t/z; ln -s ../nowhere t/d/l; chmod 6755 t/d/f
        mknod t/null c 1 3; mkfifo t/pipe; chown 3000000:77 t/d; touch -d '2001-02-03T04:05:06.789012345Z' t/d/e
        setfattr -n user.colour -v red t/d/f; setcap cap_net_raw=ep t/d/f; : > t/empty
        touch "t/$(printf 'caf\\303\\251')" "t/$(printf 'cafe\\314\\201')" "t/$(printf 'lat\\351')"
        touch t/long/$(printf 'n%.0s' $(seq 200)); truncate -s 5G t/hole; truncate -s 100M t/sparse
        printf abc | dd of=t/sparse bs=1 seek=50000000 conv=notrunc status=none; chmod 1777 t; touch -d @5 t t/d
        """

    /// Compares the large file, which is then out of the way.
    private static let comparison =
        "; test $(stat -c %b u/sparse) -lt 100; cmp t/sparse u/sparse; rm t/sparse u/sparse; touch -d @5 t u"

    private func archive(_ scratch: Scratch, _ name: String) throws -> [UInt8] {
        let sink = BytesSink()
        var archiver = TreeArchiver(try ArchiveWriter(to: sink))
        try archiver.add(scratch.directory(name))
        try archiver.finish()
        return sink.bytes
    }

    @Test func `what is written is read back the same, holes as holes`() throws {
        let scratch = try Scratch()
        try scratch.shell(Self.tree)
        let bytes = try archive(scratch, "t")
        #expect(bytes.count < 100_000)
        var extractor = try ArchiveExtractor(into: try scratch.newDirectory("u"), policy: .rootFileSystem)
        var reader = try ArchiveReader(compressed: BytesSource(bytes))
        try extractor.extract(&reader)
        try reader.finish(requiringEndMark: true)
        _ = try extractor.finish()
        try scratch.shell("rm t/hole u/hole" + Self.comparison)
        #expect(
            try TreeListing(of: scratch.directory("u")).differences(
                from: TreeListing(of: scratch.directory("t"))) == [])
    }

    @Test func `GNU tar unpacks it to the same tree`() throws {
        let scratch = try Scratch()
        try scratch.shell(Self.tree + "; rm t/hole")
        try scratch.write("a", try archive(scratch, "t"))
        try scratch.shell("mkdir u; tar -C u --xattrs --xattrs-include='*' -xpf a" + Self.comparison)
        #expect(
            try TreeListing(of: scratch.directory("u")).differences(
                from: TreeListing(of: scratch.directory("t"))) == [])
    }

    /// Cancels what writes to it as soon as it gets something.
    private final class CancellingSink: ByteSink {
        let cancellation = Cancellation()

        func write(_ bytes: UnsafeRawBufferPointer) { cancellation.cancel() }
    }

    @Test func `a file is written no further once that is cancelled, holes included`() throws {
        let scratch = try Scratch()
        try scratch.shell(
            """
            mkdir t; head -c 131072 /dev/urandom > t/f; truncate -s 512G t/f
            printf x | dd of=t/f bs=1 seek=$((512 << 30)) conv=notrunc status=none
            """)
        let sink = CancellingSink()
        let ending = failure {
            var archiver = TreeArchiver(try ArchiveWriter(to: sink, cancellation: sink.cancellation))
            try archiver.add(scratch.directory("t"))
        }
        #expect(ending?.code == .cancelled)
    }

    @Test func `a file as long as files can be, which is one hole, is refused at once`() throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir memory; mount -t tmpfs -o size=1m none memory")
        defer { _ = try? scratch.shell("umount -l memory") }
        try scratch.shell("truncate -s \(Int.max) memory/hole")
        let refusal = failure { _ = try archive(scratch, "memory") }
        #expect(refusal?.code == .tooLarge && refusal?.detail.contains("‘hole’") == true)
    }

    @Test func `an archive without its finish is not a whole one`() throws {
        let sink = BytesSink()
        do {
            var writer = try ArchiveWriter(to: sink)
            let metadata = ArchiveMetadata(mode: 0o755, uid: 0, gid: 0, modified: 0)
            try writer.add(ArchiveEntry(path: Array("d/".utf8), content: .directory, metadata: metadata))
        }
        #expect(sink.bytes == [])
    }

    @Test func `a file that becomes shorter while it is read is an error`() throws {
        let scratch = try Scratch()
        try scratch.shell("echo hello > f")
        let file = try scratch.open("f")
        var writer = try ArchiveWriter(to: BytesSink())
        let entry = ArchiveEntry(
            path: Array("f".utf8), content: .file(size: 100), metadata: ArchiveMetadata(try file.status()))
        let failure: Failure?
        do throws(Failure) {
            try writer.add(entry, content: file)
            failure = nil
        } catch {
            failure = error
        }
        #expect(failure?.code == .workspaceChanging)
    }
}
