import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct SquashTests {
    /// Squashes random stretches of random chains; with what lies above and below, nothing looks different.
    @Test(arguments: 21...28 as ClosedRange<UInt64>)
    func `a squashed stretch of a random chain is seen as the chain is`(seed: UInt64) throws {
        let fixture = try LayersFixture()
        let flat = try fixture.scratch("flat")
        var history = RandomHistory(seed: seed)
        var chain: [LayerReference] = []
        for _ in 0..<10 {
            chain = try fixture.systemStep(on: chain) { root in
                for _ in 0..<10 {
                    guard let operation = history.operation(in: try TreeSketch(of: flat)) else { continue }
                    try operation.apply(to: flat, seconds: 7)
                    try operation.apply(to: root, seconds: 7)
                }
            }.above(chain)
        }
        for _ in 0..<8 {
            let first = Int.random(in: 0..<chain.count - 1, using: &history.random)
            let last = Int.random(in: first + 1..<chain.count, using: &history.random)
            let below = Array(chain[(last + 1)...])
            let squashed = try fixture.store.squash(
                chain[first...last].map(\.id), over: below, as: fixture.number())
            let merged = [LayerReference(squashed)] + below
            let stretch = try fixture.listing(Array(chain[first...])).without(links: true)
            #expect(try fixture.listing(merged).without(links: true).differences(from: stretch) == [])
            let whole = try fixture.listing(chain).without(links: true)
            let above = Array(chain[..<first])
            #expect(try fixture.listing(above + merged).without(links: true).differences(from: whole) == [])
        }
    }

    /// The same without knowing the view below: over its own, and over that with more under the same names.
    @Test(arguments: 31...38 as ClosedRange<UInt64>)
    func `a stretch squashed for any view below is seen as the chain is`(seed: UInt64) throws {
        let fixture = try LayersFixture()
        let flat = try fixture.scratch("flat")
        var history = RandomHistory(seed: seed)
        var chain: [LayerReference] = []
        for _ in 0..<10 {
            chain = try fixture.systemStep(on: chain) { root in
                for _ in 0..<10 {
                    guard let operation = history.operation(in: try TreeSketch(of: flat)) else { continue }
                    try operation.apply(to: flat, seconds: 7)
                    try operation.apply(to: root, seconds: 7)
                }
            }.above(chain)
        }
        let more = try fixture.layer { root in
            for first in ["a", "b", "c", "d", "e", "f"] {
                try root.makeDirectory(first)
                for second in ["a", "b", "c", "d", "e", "f"] {
                    try root.makeDirectory(first + "/" + second)
                    try root.write(first + "/" + second + "/more", first)
                }
            }
        }
        for _ in 0..<8 {
            let first = Int.random(in: 0..<chain.count - 1, using: &history.random)
            let last = Int.random(in: first + 1..<chain.count, using: &history.random)
            let squashed = try fixture.squash(Array(chain[first...last]))
            let (above, below) = (Array(chain[..<first]), Array(chain[(last + 1)...]))
            // Squashed again, with the bare directories of the first time among the chain.
            let twice = above.isEmpty ? squashed : try fixture.squash(above + squashed)
            for ground in [below, below + [more]] {
                let whole = try fixture.listing(Array(chain[...last]) + ground).without(links: true)
                for view in [above + squashed + ground, twice + ground] {
                    #expect(try fixture.listing(view).without(links: true).differences(from: whole) == [])
                }
            }
        }
    }

    @Test func `a whiteout squashed for any view below hides there, and is no name elsewhere`() throws {
        let fixture = try LayersFixture()
        let having = try fixture.layer { root in
            try root.makeDirectory("d")
            try root.write("d/a", "old")
            try root.write("d/kept", "")
        }
        let chain = try fixture.systemStep(on: [having]) { root in
            try root.delete("d/a")
            try root.write("d/new", "")
        }.above([having]).dropLast()
        let squashed = try fixture.squash(Array(chain))
        #expect(squashed.count == 2)
        #expect(try fixture.listing(squashed + [having]).paths == ["d", "d/kept", "d/new"])
        let other = try fixture.layer { try $0.write("other", "") }
        #expect(try fixture.listing(squashed + [other]).paths == ["d", "d/new", "other"])
        #expect(try fixture.listing(squashed).paths == ["d", "d/new"])
    }

    @Test func `a squashed layer's size is without the files it shares with the chain`() throws {
        let fixture = try LayersFixture()
        let text = String(repeating: "x", count: 1 << 20)
        let chain = try (0..<2).map { index in try fixture.layer { try $0.write("f\(index)", text) } }
        let made = try fixture.store.squash(
            chain.map(\.id), merged: fixture.number(), ground: fixture.number())
        #expect(made.count == 1 && made[0].size.entries == 2)
        #expect(made[0].size.bytes < 1 << 16)
    }

    @Test func `a layer squashed in place of its chain counts what stays when that has gone`() throws {
        let fixture = try LayersFixture()
        let text = String(repeating: "x", count: 1 << 20)
        let chain = try (0..<2).map { index in try fixture.layer { try $0.write("f\(index)", text) } }
        // What is written is allocated for good only then.
        try fixture.store.synchronize()
        let made = try fixture.store.squash(
            chain.map(\.id), merged: fixture.number(), ground: fixture.number(), replacing: true)
        for reference in chain { try fixture.store.remove(reference.id) }
        let left = try fixture.store.size(of: made[0].layer)
        #expect(made.count == 1 && made[0].size == left)
        #expect(left.bytes >= 2 << 20)
    }

    @Test func `a new directory over a whiteout hides what the view below has there`() throws {
        let fixture = try LayersFixture()
        let base = try fixture.layer { root in
            try root.makeDirectory("d")
            try root.write("d/old", "")
        }
        let removing = try fixture.systemStep(on: [base]) { try $0.delete("d") }.above([base])
        let chain = try fixture.systemStep(on: removing) { root in
            try root.makeDirectory("d")
            try root.write("d/new", "")
        }.above(removing)
        // The kernel made no opaque directory: the whiteout below it hides the old one.
        #expect(try !fixture.store.layer(chain[0].id).directory.isOpaque("d"))
        let squashed = try fixture.store.squash(
            chain.dropLast().map(\.id), over: [base], as: fixture.number())
        #expect(try fixture.listing([LayerReference(squashed), base]).paths == ["d", "d/new"])
    }

    @Test func `a whiteout over nothing leaves no name behind`() throws {
        let fixture = try LayersFixture()
        let base = try fixture.layer { try $0.write("other", "") }
        let making = try fixture.systemStep(on: [base]) { root in
            try root.makeDirectory("d")
            try root.write("d/a", "")
            try root.write("d/b", "")
        }.above([base])
        let chain = try fixture.systemStep(on: making) { try $0.delete("d/a") }.above(making)
        let squashed = try fixture.store.squash(
            chain.dropLast().map(\.id), over: [base], as: fixture.number())
        #expect(try TreeListing(of: fixture.store.layer(squashed).directory).paths == ["d", "d/b"])
        #expect(try fixture.listing([LayerReference(squashed), base]).paths == ["d", "d/b", "other"])
    }

    @Test func `squashing copies no file, keeps hard links, and leaves the chain as it was`() throws {
        let fixture = try LayersFixture()
        var chain = [
            try fixture.layer { root in
                try root.write("a", "text")
                try root.link("a", "b")
                try root.symlink("a", "l")
            }
        ]
        chain = try fixture.systemStep(on: chain) { try $0.write("c", "c") }.above(chain)
        let before = try fixture.listing(chain).without(links: true)
        let squashed = try fixture.store.squash(chain.map(\.id), over: [], as: fixture.number())
        let layer = try fixture.store.layer(squashed)
        let original = try fixture.store.layer(chain[1].id)
        for name in ["a", "b", "l"] {
            #expect(
                try layer.directory.status(name).isSameFile(as: original.directory.status(name)), "\(name)")
        }
        #expect(try layer.directory.status("a").isSameFile(as: layer.directory.status("b")))
        #expect(try fixture.listing(chain).without(links: true) == before)
        for reference in chain { try fixture.store.remove(reference.id) }
        #expect(try fixture.listing([LayerReference(squashed)]).without(links: true) == before)
    }

    @Test func `six hundred layers are too many for one view, and squashed they are not`() throws {
        let fixture = try LayersFixture()
        var chain: [LayerReference] = []
        for index in 0..<600 { chain.insert(try fixture.layer { try $0.write("f\(index)", "") }, at: 0) }
        #expect(failureCode { _ = try fixture.store.view(of: chain) } == .tooMany)
        var below: [LayerReference] = []
        while let last = chain.last {
            let stretch = Array(chain.suffix(100))
            let squashed = try fixture.store.squash(stretch.map(\.id), over: below, as: fixture.number())
            below.insert(LayerReference(squashed), at: 0)
            chain.removeLast(stretch.count)
            _ = last
        }
        #expect(try fixture.listing(below).paths.count == 600)
    }
}

extension LayersFixture {
    /// The chain squashed without knowing what it lies on.
    fileprivate func squash(_ chain: [LayerReference]) throws -> [LayerReference] {
        try store.squash(chain.map(\.id), merged: number(), ground: number())
            .map { LayerReference($0.layer) }
    }
}
