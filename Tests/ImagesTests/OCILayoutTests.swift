import Foundation
import Images
import Linux
import Model
import TestSupport
import Testing

struct OCILayoutTests {
    private let scratch: Scratch
    private let fixture: ImportFixture
    private let layout: LayoutBuilder

    init() throws {
        scratch = try Scratch()
        fixture = try ImportFixture(below: scratch)
        layout = try LayoutBuilder(scratch)
    }

    private func imported(_ tag: String? = nil) async throws -> ImportedImage {
        try await fixture.importer.importOCILayout(layout.open(), tag: tag)
    }

    private func refused(_ tag: String? = nil) async throws -> Failure {
        let failure = await failure { _ = try await imported(tag) }
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.layerCount() == 0)
        return try #require(failure)
    }

    private func simpleLayer(_ name: String = "f") throws -> LayoutBuilder.Layer {
        try layout.layer { $0.file(name, "x") }
    }

    @Test(arguments: ["cat", "gzip", "zstd -q"])
    func `a layer is unpacked however it is packed`(command: String) async throws {
        try layout.add(try layout.image([try layout.layer(packedBy: command) { $0.file("f", "x") }]))
        #expect(try fixture.listing(try await imported().image).text("f") == "x")
    }

    @Test func `a layer with skippable frames and further members is unpacked to its end`() async throws {
        let frame = "printf '\\x50\\x2a\\x4d\\x18\\x03\\x00\\x00\\x00abc'"
        let first = try layout.layer(packedBy: "(zstd -q; \(frame))") { $0.file("f", "x") }
        let second = try layout.layer(packedBy: "(head -c 700 | gzip; gzip)") {
            $0.file("g", String(repeating: "y", count: 900))
        }
        try layout.add(try layout.image([first, second]))
        #expect(try fixture.listing(try await imported().image).paths == ["f", "g"])
    }

    @Test func `environment, user, labels and platform reach the configuration`() async throws {
        try layout.add(
            try layout.image(
                [try simpleLayer()],
                configuration: [
                    "Env": ["PATH=/bin", "A=1=2", "EMPTY=", "novalue", "PATH=/usr/bin"], "User": "1000:50",
                    "Labels": ["a": "b"], "Cmd": ["x"],
                ]))
        let configuration = try await imported().image.configuration
        #expect(configuration.environment == ["PATH": "/usr/bin", "A": "1=2", "EMPTY": ""])
        #expect(configuration.user == "1000:50")
        #expect(configuration.labels == ["a": "b"])
        #expect(configuration.platform == ImagePlatform.host.description)
    }

    @Test func `the variant for this machine is chosen, through lists within lists`() async throws {
        let host = ["os": "linux", "architecture": ImagePlatform.host.architecture]
        let other = try layout.image(
            [try simpleLayer("other")], architecture: "s390x",
            platform: ["os": "linux", "architecture": "s390x"])
        let attestation = try layout.image(
            [try simpleLayer("att")], platform: ["os": "unknown", "architecture": "unknown"])
        let own = try layout.image([try simpleLayer("own")], platform: host)
        try layout.add(try layout.index([try layout.index([other, attestation, own])]), tag: "v1")
        #expect(try fixture.listing(try await imported("v1").image).paths == ["own"])
    }

    @Test func `an image for another machine is refused, with both platforms`() async throws {
        try layout.add(try layout.image([try simpleLayer()], architecture: "s390x"))
        let failure = try await refused()
        #expect(failure.code == .imageInvalid)
        #expect(
            failure.detail.contains("linux/s390x") && failure.detail.contains(ImagePlatform.host.description))
    }

    @Test func `of several images one is chosen by its tag`() async throws {
        try layout.add(try layout.image([try simpleLayer("one")]), tag: "one")
        try layout.add(try layout.image([try simpleLayer("two")]), tag: "two")
        #expect(try await refused().fix.contains("‘two’"))
        let missing = try await refused("three")
        #expect(missing.code == .imageAbsent && missing.fix.contains("‘one’"))
        #expect(try fixture.listing(try await imported("two").image).paths == ["two"])
    }

    @Test func `a blob that is not what its name says is refused`() async throws {
        let layer = try simpleLayer()
        let image = try layout.image([layer])
        try layout.add(image)
        for descriptor in [layer.descriptor, image] {
            let digest = try #require(descriptor["digest"] as? String).dropFirst(7)
            let blob = "layout/blobs/sha256/\(digest)"
            let good = try scratch.read(blob)
            var bad = good
            bad[bad.count / 3] ^= 1
            try scratch.write(blob, bad)
            #expect(try await refused().code == .imageInvalid)
            try scratch.write(blob, good + [0])
            #expect(try await refused().code == .imageInvalid)
            try scratch.shell("mv \(blob) elsewhere; ln -s ../../../elsewhere \(blob)")
            #expect(try await refused().code == .imageInvalid)
            try scratch.shell("rm \(blob)")
            #expect(try await refused().code == .imageInvalid)
            try scratch.write(blob, good)
        }
        _ = try await imported()
    }

    @Test func `a layer whose archive has another digest than the configuration says is refused`()
        async throws
    {
        try layout.add(
            try layout.image([try simpleLayer()], diffIDs: ["sha256:" + String(repeating: "0", count: 64)]))
        #expect(try await refused().detail.contains("digest"))
    }

    @Test func `documents that are damaged, too long or of another kind are refused`() async throws {
        try layout.add(try layout.image([try simpleLayer()], diffIDs: []))
        #expect(try await refused().code == .imageInvalid)
        try scratch.shell("rm layout/index.json")
        #expect(try await refused().detail.contains("index.json"))
        let other = try LayoutBuilder(scratch, "chart")
        try other.add(try other.image([], configurationType: "application/vnd.cncf.helm.config.v1+json"))
        let directory = try other.open()
        let helm = await failure { _ = try await fixture.importer.importOCILayout(directory, tag: nil) }
        #expect(helm?.detail.contains("helm") == true)
        for (text, code) in [
            ("{\"manifests\": 7}", FailureCode.imageInvalid), ("{", .imageInvalid), ("[[[[", .imageInvalid),
            ("{\"manifests\": []}", .imageInvalid),
            ("{\"manifests\": [{\"digest\": \"sha256:../../../etc/passwd\", \"size\": 1}]}", .imageInvalid),
            (String(repeating: "[", count: 100_000), .imageInvalid),
            (String(repeating: " ", count: 5 << 20), .tooLarge),
        ] {
            try scratch.write("layout/index.json", Array(text.utf8))
            #expect(try await refused().code == code)
        }
    }

    @Test func `layers in files of nothing but a hole, as long as files can be, are refused`() async throws {
        try scratch.shell("mkdir memory; mount -t tmpfs -o size=8m none memory")
        defer { _ = try? scratch.shell("umount -l memory") }
        let layout = try LayoutBuilder(scratch, "memory/layout")
        let digest = String(repeating: "0", count: 64)
        try scratch.shell("truncate -s \(Int.max) memory/layout/blobs/sha256/\(digest)")
        let hole = LayoutBuilder.Layer(
            descriptor: [
                "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:\(digest)",
                "size": Int.max,
            ], diffID: "sha256:\(digest)")
        try layout.add(try layout.image([hole, hole]))
        let directory = try layout.open()
        let refusal = await failure {
            _ = try await fixture.importer.importOCILayout(directory, tag: nil)
        }
        #expect(refusal?.code == .tooLarge)
        #expect(try fixture.leftovers() == [] && fixture.layerCount() == 0)
    }

    @Test func `lists that point to one another end`() async throws {
        var descriptor = try layout.image([try simpleLayer()])
        for _ in 0..<6 { descriptor = try layout.index([descriptor]) }
        try layout.add(descriptor)
        #expect(try await refused().code == .imageInvalid)
    }

    @Test func `a later layer that fails takes the earlier ones with it`() async throws {
        let hostile = try layout.layer { $0.file("../x", "x") }
        try layout.add(try layout.image([try simpleLayer(), hostile]))
        let failure = try await refused()
        #expect(failure.code == .imageInvalid && failure.detail.contains("../x"))
    }

    @Test func `the same layer twice, and empty ones, make an image that can be stacked`() async throws {
        let empty = try layout.layer { _ in }
        let layer = try simpleLayer()
        try layout.add(try layout.image([layer, empty, empty, layer, empty]))
        let first = try await imported()
        #expect(try fixture.listing(first.image).paths == ["f"])
        fixture.record(first)
        #expect(try await imported().created == [])
    }

    @Test func `layers are shared between images and imports`() async throws {
        let base = try simpleLayer("base")
        try layout.add(try layout.image([base, try simpleLayer("one")]), tag: "one")
        try layout.add(try layout.image([base, try simpleLayer("two")]), tag: "two")
        let one = try await imported("one")
        fixture.record(one)
        #expect(one.created.count == 2)
        let again = try await imported("one")
        #expect(again.created == [] && again.image == one.image)
        let two = try await imported("two")
        #expect(two.created.count == 1)
        #expect(two.image.layers[0] == one.image.layers[0])
        #expect(two.image.digest != one.image.digest)
    }

    @Test func `a layout is read with the rights of who asks`() async throws {
        try layout.add(try layout.image([try simpleLayer()]))
        let nobody = PeerIdentity(uid: 65534, gid: 65534, groups: [], pid: 0)
        let importer = fixture.importer
        try scratch.shell("chmod 600 layout/blobs/sha256/*")
        let refused = await failure {
            _ = try await importer.importOCILayout(layout.open(), tag: nil, as: nobody)
        }
        #expect(refused?.code == .badPath && refused?.detail.contains("Permission denied") == true)
        try scratch.shell("chmod 644 layout/blobs/sha256/*")
        _ = try await importer.importOCILayout(layout.open(), tag: nil, as: nobody)
    }

    @Test func `progress ends at the sum of the layers`() async throws {
        let layers = [try simpleLayer("a"), try simpleLayer("b")]
        try layout.add(try layout.image(layers))
        _ = try await imported()
        let total = layers.reduce(Int64(0)) { $0 + Int64($1.descriptor["size"] as? Int ?? 0) }
        let last = try #require(fixture.progress.last)
        #expect(last.stage == .unpacking && last.bytes == total && last.total == total)
    }
}
