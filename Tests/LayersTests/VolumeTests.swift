import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

/// What a step sees in its volumes, what it leaves there, and where that can be used.
@Suite struct VolumeTests {
    private let fixture: LayersFixture

    init() throws { fixture = try LayersFixture() }

    /// Volumes at `targets` over `image`, with the layers of a version, uppermost first.
    private func layers(
        _ image: [LayerReference], _ targets: [String] = ["store"], version: [LayerID] = [],
        over ground: VolumeMount.Ground = .image
    ) throws -> StepLayers {
        var layers = StepLayers(system: image, workspace: .none)
        let survey = MountSurvey(of: layers, workspace: path("workspace"), in: fixture.store)
        var places: [MountPlace] = []
        for target in targets {
            let place = try survey.place(of: path(target))
            places.append(ground == .image ? place : place.emptied)
        }
        layers.volumes = [
            StepVolume(title: "volume test", layers: version, places: places, uid: 7, gid: 8)
        ]
        return layers
    }

    /// Runs `body` in the volume's places, and seals what it left.
    private func sealed(
        _ layers: StepLayers, _ body: ([SharedDirectory]) throws -> Void
    ) throws -> SealedStep {
        var step = try PreparedStep(fixture.number(), on: layers, in: fixture.store).mount()
        if let mounts = step.takeMounts() {
            try mounts.separate { system, workspace, volumes in
                var volumes = volumes
                var opened: [SharedDirectory] = []
                volumes.takeAll { mount, _ in
                    if let directory = try? mount.directory() { opened.append(SharedDirectory(directory)) }
                }
                try body(opened)
            }
        }
        return try step.released(timeout: .seconds(10)).quiet().seal(revision: nil)
    }

    /// The layer that `body` leaves, with its facts.
    private func left(
        _ layers: StepLayers, _ body: ([SharedDirectory]) throws -> Void
    ) throws -> (layer: LayerID, facts: VolumeFacts) {
        let sealed = try sealed(layers, body)
        let number = fixture.number()
        try sealed.commit(volume: 0, as: number)
        let facts = sealed.volumes[0].facts
        try sealed.discard()
        return (number, facts)
    }

    private func listing(_ layers: StepLayers, place: Int = 0) throws -> TreeListing {
        var listing: TreeListing?
        try sealed(layers) { listing = try TreeListing(of: $0[place].directory) }.discard()
        return try #require(listing)
    }

    private func conflict(_ facts: VolumeFacts, on layers: StepLayers) throws -> String? {
        for (place, facts) in zip(layers.volumes[0].places, facts.facts) {
            if let conflict = try GroundView(of: place, in: fixture.store).conflict(with: facts) {
                return "\(conflict.path)"
            }
        }
        return nil
    }

    @Test func `lies over what all layers of the image have there, and nothing of the image changes`() throws
    {
        let lower = try fixture.layer {
            try $0.makeDirectory("store")
            try $0.write("store/sh", "shell")
            try $0.write("store/old", "old")
        }
        let upper = try fixture.layer {
            try $0.makeDirectory("store")
            try $0.write("store/tool", "tool")
        }
        let image = [upper, lower]
        let first = try layers(image)
        #expect(try listing(first).paths == ["old", "sh", "tool"])
        let (version, facts) = try left(first) { places in
            try places[0].directory.write("added", "a")
            try places[0].directory.delete("old")
            try places[0].directory.write("tool", "changed")
        }
        #expect(try listing(first).paths == ["old", "sh", "tool"], "no trace without the version")
        let second = try layers(image, version: [version])
        let seen = try listing(second)
        #expect(seen.paths == ["added", "sh", "tool"] && seen.text("tool") == "changed")
        #expect(try fixture.listing(image).text("store/tool") == "tool")
        #expect(try conflict(facts, on: second) == nil)
    }

    @Test func `is not used where the image has something else at a place that it hides`() throws {
        func image(_ fill: @escaping (borrowing Directory) throws -> Void) throws -> StepLayers {
            try layers([
                try fixture.layer {
                    try $0.makeDirectory("store")
                    try $0.write("store/a", "a")
                    try $0.makeDirectory("store/d")
                    try $0.write("store/d/x", "x")
                    try fill($0)
                }
            ])
        }
        let made = try image { _ in }
        let (_, facts) = try left(made) { places in
            try places[0].directory.write("a", "mine")
            try places[0].directory.write("new", "mine")
            try places[0].directory.delete("d")
        }
        #expect(try conflict(facts, on: image { _ in }) == nil, "another layer, with the same in it")
        #expect(try conflict(facts, on: image { try $0.write("store/other", "o") }) == nil)
        #expect(try conflict(facts, on: image { try $0.write("store/a", "b") }) == "a")
        #expect(try conflict(facts, on: image { try $0.chown("store/a", 5, 5) }) == "a")
        #expect(try conflict(facts, on: image { try $0.delete("store/a") }) == "a")
        #expect(try conflict(facts, on: image { try $0.write("store/new", "theirs") }) == "new")
        #expect(try conflict(facts, on: image { try $0.write("store/d/y", "y") }) == "d")
        #expect(try conflict(facts, on: image { try $0.chmod("store", 0o700) }) == ".")
        #expect(try conflict(facts, on: layers([try fixture.layer { try $0.write("etc", "") }])) == ".")
    }

    @Test func `names its ground, so that facts are looked at where it differs alone`() throws {
        let store = try fixture.layer {
            try $0.makeDirectory("store")
            try $0.write("store/a", "a")
        }
        let elsewhere = try fixture.layer { try $0.write("etc", "") }
        let hollow = try fixture.layer { try $0.makeDirectory("store") }
        func signature(_ image: [LayerReference]) throws -> String {
            try layers(image).volumes[0].places[0].signature
        }
        #expect(try signature([store]) == signature([elsewhere, store]))
        #expect(try signature([store]) == signature([hollow, store]))
        #expect(try signature([store]) != signature([hollow]))
        #expect(try signature([elsewhere]) == "")
    }

    @Test func `ends at what hides the image's directory`() throws {
        let lower = try fixture.layer {
            try $0.makeDirectory("a")
            try $0.makeDirectory("a/store")
            try $0.write("a/store/old", "old")
        }
        let whiteout = try fixture.layer { try $0.createWhiteout("a") }
        let opaque = try fixture.layer {
            try $0.makeDirectory("a")
            try $0.openDirectory("a").setOpaque()
        }
        #expect(try listing(layers([lower], ["a/store"])).paths == ["old"])
        #expect(try listing(layers([whiteout, lower], ["a/store"])).paths == [])
        #expect(try listing(layers([opaque, lower], ["a/store"])).paths == [])
    }

    @Test func `follows links of the image, and refuses places that nobody mounts on`() throws {
        let image = try fixture.layer {
            try $0.makeDirectory("data")
            try $0.write("data/x", "x")
            try $0.symlink("data", "store")
            try $0.makeDirectory("proc")
            try $0.symlink("proc", "trap")
            try $0.write("file", "")
        }
        let found = try layers([image])
        #expect(found.volumes[0].places[0].target == path("data"))
        #expect(try listing(found).paths == ["x"])
        #expect(failureCode { _ = try layers([image], ["trap"]) } == .mountFailed)
        #expect(failureCode { _ = try layers([image], ["file/x"]) } == .imageInvalid)
    }

    @Test func `over nothing shows the image's files nowhere, and belongs to the step's user`() throws {
        let image = try fixture.layer {
            try $0.makeDirectory("store")
            try $0.write("store/a", "a")
        }
        let empty = try listing(layers([image], over: .empty))
        #expect(empty.paths == [] && empty.entries[""]?.uid == 7 && empty.entries[""]?.gid == 8)
        let over = try listing(layers([image]))
        #expect(over.entries[""]?.uid == 0)
    }

    @Test func `with several places is one layer, and each has its own part`() throws {
        let image = [try fixture.layer { try $0.makeDirectory("db") }]
        let both = try layers(image, ["db", "store"])
        let (version, _) = try left(both) { places in
            try places[0].directory.write("registered", "1")
            try places[1].directory.write("file", "1")
        }
        let again = try layers(image, ["db", "store"], version: [version])
        #expect(try listing(again, place: 0).paths == ["registered"])
        #expect(try listing(again, place: 1).paths == ["file"])
        #expect(try fixture.directory("layers/\(version)").entryNames().count == 2)
    }

    @Test func `leaves no mount point in the step's own layer, nor when the step writes beside it`() throws {
        let image = [try fixture.layer { try $0.write("etc", "") }]
        let quiet = try sealed(layers(image, ["deep/store"])) { try $0[0].directory.write("f", "") }
        #expect(quiet.systemSize == nil)
        try quiet.discard()
        var busy = try PreparedStep(
            fixture.number(), on: try layers(image, ["deep/store"]), in: fixture.store
        ).mount()
        if let mounts = busy.takeMounts() { try mounts.systemDirectory().write("deep/beside", "") }
        let number = fixture.number()
        let committed = try busy.released(timeout: .seconds(10)).quiet().seal(revision: nil)
            .commit(system: number, workspace: fixture.number())
        #expect(committed.system != nil)
        #expect(try fixture.listing([LayerReference(number)]).paths == ["deep", "deep/beside"])
    }

    @Test func `is as it was when the step wrote nothing, and knows a change of its root`() throws {
        let image = [try fixture.layer { try $0.makeDirectory("store") }]
        let nothing = try sealed(layers(image)) { places in
            try places[0].directory.write("temporary", "")
            try places[0].directory.delete("temporary")
        }
        #expect(!nothing.volumes[0].hasChanged)
        try nothing.discard()
        let mode = try sealed(layers(image)) { try $0[0].directory.descriptor.setMode(0o700) }
        #expect(mode.volumes[0].hasChanged)
        try mode.discard()
    }

    @Test func `keeps both sides of a union, and names what both changed`() throws {
        let image = [try fixture.layer { try $0.makeDirectory("store") }]
        let (base, _) = try left(layers(image)) { places in
            for name in ["a", "b", "c"] { try places[0].directory.write(name, "base") }
            try places[0].directory.makeDirectory("d")
            try places[0].directory.write("d/x", "base")
        }
        let (first, _) = try left(layers(image, version: [base])) { places in
            try places[0].directory.write("one", "1")
            try places[0].directory.write("a", "first")
            try places[0].directory.delete("b")
            try places[0].directory.write("d/one", "1")
            try places[0].directory.write("same", "same")
        }
        let second = try sealed(layers(image, version: [base])) { places in
            try places[0].directory.write("two", "2")
            try places[0].directory.write("a", "second")
            try places[0].directory.write("b", "second")
            try places[0].directory.write("d/two", "2")
            try places[0].directory.write("same", "same")
        }
        let conflicts = try second.conflicts(inVolume: 0, with: [first], most: 10)
        #expect(conflicts == [path("0/a"), path("0/b")])
        #expect(try second.conflicts(inVolume: 0, with: [first], most: 1).count == 1)
        let own = fixture.number()
        try second.commit(volume: 0, as: own)
        try second.discard()
        let union = try listing(layers(image, version: [own, first, base]))
        #expect(union.paths == ["a", "b", "c", "d", "d/one", "d/two", "d/x", "one", "same", "two"])
        #expect(union.text("a") == "second" && union.text("b") == "second")
    }

    @Test func `is seen alike when its layers are squashed`() throws {
        let image = [
            try fixture.layer {
                try $0.makeDirectory("store")
                try $0.write("store/image", "i")
                try $0.write("store/gone", "g")
            }
        ]
        var version: [LayerID] = []
        for number in 0..<5 {
            let (layer, _) = try left(layers(image, ["store", "db"], version: version)) { places in
                try places[0].directory.write("f\(number)", "\(number)")
                if number == 1 { try places[0].directory.delete("gone") }
                if number == 3 { try places[0].directory.delete("f0") }
                try places[1].directory.write("row", "\(number)")
            }
            version.insert(layer, at: 0)
        }
        let before = try [0, 1].map {
            try listing(layers(image, ["store", "db"], version: version), place: $0)
        }
        let squashed = try fixture.store.squash(version, merged: fixture.number(), ground: fixture.number())
        let chain = squashed.map(\.layer)
        let after = try [0, 1].map { try listing(layers(image, ["store", "db"], version: chain), place: $0) }
        #expect(chain.count <= 2)
        for (one, other) in zip(before, after) {
            #expect(one.without(links: true).differences(from: other.without(links: true)) == [])
        }
        #expect(after[0].paths == ["f1", "f2", "f3", "f4", "image"])
    }

    @Test func `has no path that is too long for later walks, which begin at its layer's root`() throws {
        let image = [try fixture.layer { try $0.makeDirectory("store") }]
        func nested(_ depth: Int) throws -> LayerID {
            let (layer, _) = try left(layers(image)) { places in
                var current = try places[0].directory.reopened()
                for _ in 0..<depth {
                    try current.createDirectory("n")
                    current = try current.openDirectory("n")
                }
            }
            return layer
        }
        let deepest = try nested(2047)
        let squashed = try fixture.store.squash(
            [deepest], merged: fixture.number(), ground: fixture.number())
        #expect(squashed.first?.size.entries == 2048)
        #expect(failureCode { _ = try nested(2048) } == .tooLarge)
    }

    @Test func `is held by whoever has a copy of one of its mounts`() throws {
        let image = [try fixture.layer { try $0.makeDirectory("store") }]
        var step = try PreparedStep(fixture.number(), on: try layers(image), in: fixture.store).mount()
        var held: [CInt] = []
        if let mounts = step.takeMounts() {
            mounts.separate { _, _, volumes in
                var volumes = volumes
                volumes.takeAll { mount, _ in held.append(mount.release()) }
            }
        }
        switch step.released(timeout: .milliseconds(50)) {
        case .quiet: Issue.record("a volume's mount was held")
        case .busy(let busy):
            for descriptor in held { _ = Descriptor(adopting: descriptor) }
            try busy.released(timeout: .seconds(60)).quiet().discard()
        }
    }
}

@Suite struct ProgramFilesTests {
    /// A 64-bit ELF file with one program header, `PT_INTERP`.
    private func elf(_ loader: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 120)
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        (bytes[32], bytes[54], bytes[56]) = (64, 56, 1)
        (bytes[64], bytes[72], bytes[96]) = (3, 120, UInt8(loader.utf8.count + 1))
        return bytes + Array(loader.utf8) + [0]
    }

    @Test func `of a shell are itself, the links on the way, and its loader`() throws {
        let fixture = try LayersFixture()
        let image = try fixture.layer { root in
            for folder in ["bin", "nix", "nix/store", "nix/store/bash", "nix/store/libc"] {
                try root.makeDirectory(folder)
            }
            try root.symlink("/nix/store/bash/bash", "bin/sh")
            try root.write("nix/store/bash/bash", "")
            let shell = try root.openDirectory("nix").openDirectory("store").openDirectory("bash").openFile(
                "bash", [.writeOnly, .truncate])
            try shell.writeAll(elf("/nix/store/libc/ld.so"))
            try root.symlink("ld-2.so", "nix/store/libc/ld.so")
            try root.write("nix/store/libc/ld-2.so", "loader")
        }
        let root = try fixture.store.view(of: [image]).root
        let files = ProgramFiles.find("sh", searchPath: "/usr/bin:/bin", in: root)
        #expect(
            files.map(\.description) == [
                "bin/sh", "nix/store/bash/bash", "nix/store/libc/ld.so", "nix/store/libc/ld-2.so",
            ])
        #expect(ProgramFiles.find("zsh", searchPath: "/bin", in: root) == [])
    }

    @Test func `of a script are its interpreter's too, and circles end`() throws {
        let fixture = try LayersFixture()
        let image = try fixture.layer { root in
            try root.makeDirectory("bin")
            try root.write("bin/sh", "#! /bin/real -e\n")
            try root.write("bin/real", "x")
            try root.write("bin/loop", "#!/bin/loop\n")
            try root.symlink("b", "bin/a")
            try root.symlink("a", "bin/b")
        }
        let root = try fixture.store.view(of: [image]).root
        #expect(
            ProgramFiles.find("sh", searchPath: "/bin", in: root).map(\.description) == [
                "bin/sh", "bin/real",
            ])
        #expect(ProgramFiles.find("loop", searchPath: "/bin", in: root).count < 10)
        #expect(ProgramFiles.find("a", searchPath: "/bin", in: root) == [])
    }
}
