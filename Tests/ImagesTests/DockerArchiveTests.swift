import Archives
import Images
import Linux
import Model
import TestSupport
import Testing

struct DockerArchiveTests {
    private let scratch: Scratch
    private let fixture: ImportFixture

    init() throws {
        scratch = try Scratch()
        fixture = try ImportFixture(below: scratch)
    }

    private func imported(_ name: String) async throws -> ImportedImage {
        try await fixture.importer.importDockerArchive(scratch.open(name))
    }

    private func refused(_ archive: TarBuilder) async throws -> Failure? {
        try scratch.write("refused.tar", archive.finished)
        let failure = await failure { _ = try await imported("refused.tar") }
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.layerCount() == 0)
        return failure
    }

    private func configuration(_ diffIDs: [String]) -> String {
        """
        {"architecture":"\(ImagePlatform.host.architecture)","os":"linux","config":{"Env":["A=b"],"Labels":null},
        "rootfs":{"type":"layers","diff_ids":[\(diffIDs.map { "\"sha256:\($0)\"" }.joined(separator: ","))]}}
        """
    }

    private var layer: [UInt8] {
        var tar = TarBuilder()
        tar.file("f", "hello")
        return tar.finished
    }

    @Test(arguments: ["cat", "gzip -1"])
    func `what skopeo writes for docker is the same image as the layout it was made of`(packing: String)
        async throws
    {
        let layout = try LayoutBuilder(scratch)
        let layers = [
            try layout.layer(packedBy: "gzip") {
                $0.directory("d")
                $0.file("d/a", "1")
            },
            try layout.layer { $0.file("d/.wh.a") },
        ]
        try layout.add(try layout.image(layers, configuration: ["Env": ["X=y"], "User": "7"]), tag: "t")
        try scratch.shell("skopeo copy -q oci:layout:t docker-archive:a.tar:name:tag; \(packing) < a.tar > b")
        let fromLayout = try await fixture.importer.importOCILayout(layout.open(), tag: "t")
        fixture.record(fromLayout)
        let fromArchive = try await imported("b")
        #expect(fromArchive.image == fromLayout.image && fromArchive.created == [])
        #expect(fromArchive.image.configuration.environment == ["X": "y"])
        #expect(try fixture.leftovers() == [])
    }

    @Test func `an archive of docker's with an OCI layout in it, manifest last, is read`() async throws {
        let layout = try LayoutBuilder(scratch)
        let layer = try layout.layer { $0.file("f", "x") }
        let descriptor = try layout.image([layer])
        try layout.add(descriptor, tag: "t")
        let layerDigest = try #require(layer.descriptor["digest"] as? String).dropFirst(7)
        try scratch.shell(
            """
            cd layout; config=$(grep -l diff_ids blobs/sha256/*)
            echo '[{"Config":"'$config'","RepoTags":null,"Layers":["blobs/sha256/\(layerDigest)"]}]' > manifest.json
            cd ..
            tar -C layout -cf with.tar blobs index.json oci-layout manifest.json
            tar -C layout -cf without.tar index.json oci-layout blobs
            """)
        let with = try await imported("with.tar")
        fixture.record(with)
        #expect(try await imported("without.tar").image == with.image)
    }

    @Test func `links between layers in archives of old are followed inside the archive`() async throws {
        let digest = Digest(of: layer).hex
        let second = TarBuilder().finished
        var archive = TarBuilder()
        archive.directory("aa")
        archive.entry("aa/layer.tar", content: layer)
        archive.entry("bb/layer.tar", content: second)
        archive.link("cc/layer.tar", to: "../bb/layer.tar")
        archive.file("config.json", configuration([digest, Digest(of: second).hex, Digest(of: second).hex]))
        archive.file(
            "manifest.json",
            #"[{"Config":"config.json","RepoTags":["a:b"],"Layers":["aa/layer.tar","bb/layer.tar","cc/layer.tar"]}]"#
        )
        try scratch.write("a.tar", archive.finished)
        let image = try await imported("a.tar").image
        #expect(image.layers.count == 3)
        #expect(try fixture.listing(image).text("f") == "hello")
        #expect(image.configuration.environment == ["A": "b"])
    }

    @Test func `a FIFO and a device are refused without being opened`() async throws {
        // The kernel knows no driver for the second, and says so to who opens it.
        try scratch.shell("mkfifo pipe; mknod unknown c 240 240")
        let host = PeerRoot(root: try Directory(opening: "/"), identity: .daemon)
        for path in [scratch.path + "/pipe", scratch.path + "/unknown", "/dev/zero"] {
            let refusal = await failure {
                _ = try await fixture.importer.importDockerArchive(
                    try await host.openRegularFile(Array(path.utf8)), named: path)
            }
            #expect(refusal?.code == .badPath && refusal?.detail.contains(path) == true, "\(path)")
        }
        #expect(try fixture.leftovers() == [])
    }

    @Test func `an archive ends before the last of the space is used`() async throws {
        try scratch.shell("truncate -s 20M zeros; tar -cf a.tar zeros")
        let importer = fixture.makeImporter(within: ArchiveLimits(reservedBytes: .max))
        let refusal = await failure { _ = try await importer.importDockerArchive(scratch.open("a.tar")) }
        #expect(refusal?.code == .storageFull)
        #expect(try fixture.leftovers() == [])
    }

    @Test func `a file of an archive that begins with a hole beyond the limit is refused`() async throws {
        var archive = TarBuilder()
        archive.entry(
            "l", content: Array("x".utf8),
            pax: [
                ("GNU.sparse.size", Array("2000000000001".utf8)),
                ("GNU.sparse.map", Array("2000000000000,1".utf8)),
                ("GNU.sparse.numblocks", Array("1".utf8)), ("GNU.sparse.name", Array("l".utf8)),
            ])
        #expect(try await refused(archive)?.code == .tooLarge)
    }

    @Test func `an archive that names files outside, or none, is refused`() async throws {
        for (layerName, configName) in [
            ("../../../../etc/passwd", "config.json"), ("/etc/passwd", "config.json"),
            ("l", "../../etc/passwd"),
            ("out", "config.json"), ("loop", "config.json"), ("missing", "config.json"), ("", "config.json"),
        ] {
            var archive = TarBuilder()
            archive.entry("l", content: layer)
            archive.link("out", to: "../../../../etc/passwd")
            archive.link("loop", to: "loop")
            archive.file("config.json", configuration([Digest(of: layer).hex]))
            archive.file("manifest.json", #"[{"Config":"\#(configName)","Layers":["\#(layerName)"]}]"#)
            #expect(try await refused(archive)?.code == .imageInvalid, "\(layerName) \(configName)")
        }
    }

    @Test func `an archive with several images, with none, or with wrong digests is refused`() async throws {
        var several = TarBuilder()
        several.file(
            "manifest.json",
            #"[{"Config":"c","RepoTags":["a:1"],"Layers":[]},{"Config":"c","RepoTags":["b:2"],"Layers":[]}]"#)
        let failure = try await refused(several)
        #expect(failure?.detail.contains("a:1, b:2") == true)
        var none = TarBuilder()
        none.file("etc/passwd", "x")
        #expect(try await refused(none)?.detail.contains("manifest.json") == true)
        var wrong = TarBuilder()
        wrong.entry("l", content: layer)
        wrong.file("config.json", configuration([String(repeating: "a", count: 64)]))
        wrong.file("manifest.json", #"[{"Config":"config.json","Layers":["l"]}]"#)
        #expect(try await refused(wrong)?.detail.contains("digest") == true)
        var misnamed = TarBuilder()
        let name = String(repeating: "b", count: 64) + ".json"
        misnamed.entry("l", content: layer)
        misnamed.file(name, configuration([Digest(of: layer).hex]))
        misnamed.file("manifest.json", #"[{"Config":"\#(name)","Layers":["l"]}]"#)
        #expect(try await refused(misnamed)?.detail.contains("another digest") == true)
    }
}
