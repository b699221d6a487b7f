import Archives
import Images
import Linux
import Model
import TestSupport
import Testing

struct DirectoryImportTests {
    private let scratch: Scratch
    private let fixture: ImportFixture

    init() throws {
        scratch = try Scratch()
        fixture = try ImportFixture(below: scratch)
        try scratch.shell(
            """
            mkdir -p root/{bin,etc/deep/er,tmp,dev}; echo hello > root/etc/f; ln root/etc/f root/etc/g
            ln -s /etc/shadow root/etc/l; chmod 1777 root/tmp; chmod 4755 root/etc/f; chown -R 12:34 root/etc/deep
            mknod root/dev/null c 1 3; mkfifo root/dev/pipe; : > root/.wh.name
            setcap cap_net_raw=ep root/etc/g; setfattr -n user.x -v y root/etc/deep
            touch -d '2001-02-03T04:05:06.789012345Z' root/etc/deep/er root/etc root
            """)
    }

    /// 20 GiB with one byte in it.
    private func addSparseFile() throws {
        try scratch.shell(
            """
            truncate -s 20G root/sparse; printf x | dd of=root/sparse bs=1 seek=7000000000 conv=notrunc status=none
            touch -d '2001-02-03T04:05:06.789012345Z' root
            """)
    }

    private func imported(as identity: PeerIdentity? = nil) async throws -> ImportedImage {
        try await fixture.importer.importDirectory(scratch.shared("root"), as: identity)
    }

    @Test func `a directory is kept as it is: links, holes, owners, times, attributes, devices`() async throws
    {
        try addSparseFile()
        let image = try await imported().image
        #expect(image.layers.count == 1)
        #expect(image.configuration.platform == ImagePlatform.host.description)
        #expect(image.layers[0].bytes < 1 << 20)
        let sparse = "\(fixture.path)/layers/\(image.layers[0].layer)/sparse"
        #expect(
            try scratch.shell(
                "stat -c %s \(sparse); dd if=\(sparse) bs=1 skip=7000000000 count=1 status=none")
                == "20000000000\nx".replacing("20000000000", with: "\(20 << 30)"))
        try scratch.shell("rm root/sparse; touch -d '2001-02-03T04:05:06.789012345Z' root")
        try scratch.shell("rm \(sparse); touch -d '2001-02-03T04:05:06.789012345Z' $(dirname \(sparse))")
        let expected = try TreeListing(of: scratch.directory("root"))
        #expect(try fixture.listing(image).differences(from: expected) == [])
        #expect(try fixture.leftovers() == [])
    }

    @Test func `an equal tree is the same image and makes no layer`() async throws {
        try addSparseFile()
        let first = try await imported()
        fixture.record(first)
        try scratch.shell(
            "cp -a root copy; rm -r root; mv copy root; touch -d '2001-02-03T04:05:06.789012345Z' root")
        let second = try await imported()
        #expect(second.image == first.image && second.created == [])
        #expect(try fixture.layerCount() == 1)
        try scratch.shell("tar -C root --xattrs --xattrs-include='*' --sparse -cf root.tar .")
        let third = try await fixture.importer.importTar(scratch.open("root.tar"))
        #expect(third.image == first.image)
        for change in [
            "chmod 700 root/bin", "chown 1 root/bin", "echo more >> root/etc/f", "touch root/etc/deep",
        ] {
            try scratch.shell(change)
            let changed = try await imported()
            fixture.record(changed)
            #expect(changed.created.count == 1)
        }
    }

    @Test func `what is mounted inside stays out`() async throws {
        try scratch.shell(
            "mount -t tmpfs none root/tmp; touch root/tmp/f root/bin/mp; mount --bind /etc/hosts root/bin/mp"
        )
        let result = await Result { try await imported() }
        try scratch.shell("umount root/tmp root/bin/mp")
        let listing = try fixture.listing(try result.get().image)
        #expect(listing.entries["tmp"]?.kind == .directory)
        #expect(listing.entries["tmp/f"] == nil && listing.entries["bin/mp"] == nil)
    }

    @Test func `a directory is read with the rights of who asks`() async throws {
        try scratch.shell("chmod 755 .; echo secret > root/etc/private; chmod 600 root/etc/private")
        let nobody = PeerIdentity(uid: 65534, gid: 65534, groups: [], pid: 0)
        let failure = await failure { _ = try await imported(as: nobody) }
        #expect(failure?.code == .badPath)
        #expect(failure?.detail.contains("etc/private") == true)
        #expect(try fixture.leftovers() == [] && fixture.layerCount() == 0)
        try scratch.shell("rm root/etc/private; chmod 644 root/etc/f")
        #expect(try fixture.listing(try await imported(as: nobody).image).text("etc/f") == "hello\n")
    }

    @Test func `a full store ends an import with its own error, and nothing is left`() async throws {
        try scratch.shell("mkdir small; mount -t tmpfs -o size=1m none small; mkdir small/in")
        defer { _ = try? scratch.shell("umount -l small") }
        try scratch.shell("head -c 3000000 /dev/urandom > root/big")
        let small = try ImportFixture(inDirectory: scratch.path + "/small/in")
        let root = try scratch.shared("root")
        let failure = await failure { _ = try await small.importer.importDirectory(root) }
        #expect(failure?.code == .storageFull)
        #expect(try small.leftovers() == [] && small.layerCount() == 0)
    }

    @Test func `a hole as long as files can be ends an import at once, by the file's name`() async throws {
        try scratch.shell("mkdir memory; mount -t tmpfs -o size=1m none memory")
        defer { _ = try? scratch.shell("umount -l memory") }
        try scratch.shell("truncate -s \(Int.max) memory/hole")
        let root = try scratch.shared("memory")
        let refusal = await failure { _ = try await fixture.importer.importDirectory(root) }
        #expect(refusal?.code == .tooLarge && refusal?.detail.contains("hole") == true)
        #expect(try fixture.leftovers() == [] && fixture.layerCount() == 0)
    }

    @Test func `an import ends before the last of the space is used`() async throws {
        try scratch.shell("head -c 20000000 /dev/zero > root/big; tar -C root -cf a.tar .")
        let importer = fixture.makeImporter(within: ArchiveLimits(reservedBytes: .max))
        let root = try scratch.shared("root")
        let directory = await failure { _ = try await importer.importDirectory(root) }
        #expect(directory?.code == .storageFull)
        let tar = await failure { _ = try await importer.importTar(scratch.open("a.tar")) }
        #expect(tar?.code == .storageFull)
        #expect(try fixture.leftovers() == [] && fixture.layerCount() == 0)
    }

    @Test func `a tar stream becomes an image, compressed or not`() async throws {
        try scratch.shell("tar -C root --xattrs --xattrs-include='*' -c . | xz -0 > a.tar.xz")
        let image = try await fixture.importer.importTar(scratch.open("a.tar.xz")).image
        let expected = try TreeListing(of: scratch.directory("root"))
        #expect(try fixture.listing(image).differences(from: expected) == [])
    }

    @Test func `a stream that ends too early is refused, between two entries as well`() async throws {
        try scratch.shell("tar -C root -cf a.tar bin etc/f")
        let whole = try scratch.read("a.tar")
        for length in [0, 512, 1024, 1300, 1536] {
            try scratch.write("cut.tar", Array(whole.prefix(length)))
            let refused = await Result { try await fixture.importer.importTar(scratch.open("cut.tar")) }
            #expect((refused.failure as? Failure)?.code == .archiveInvalid, "\(length)")
        }
        #expect(try fixture.leftovers() == [] && fixture.layerCount() == 0)
    }

    @Test func `an import that is cancelled ends and leaves nothing`() async throws {
        try scratch.shell("mkfifo stream")
        let path = scratch.path + "/stream"
        // Open for both, so that reading waits for ever.
        let feeder = try Descriptor.openFile(path, .readWrite)
        try feeder.writeAll([UInt8](repeating: 0x20, count: 100))
        let importer = fixture.importer
        let handle = Task { try await importer.importTar(Descriptor.openFile(path)) }
        handle.cancel()
        try feeder.writeAll([UInt8](repeating: 0x20, count: 100))
        let result = await handle.result
        #expect((result.failure as? Failure) != nil || result.failure is CancellationError)
        #expect(try fixture.leftovers() == [])
    }
}

extension Result {
    fileprivate var failure: (any Error)? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
