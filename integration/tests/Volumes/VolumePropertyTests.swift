import Foundation
import Testing

/// Any sequence of steps, failures, kills, images and keys: what each step sees is what a plain model says.
@Suite struct `A volume over a random history` {
    /// What a volume is, told as simply as can be.
    private struct Model {
        struct Version {
            var key: String?
            var ground: String
            /// What the image has there, changed by the steps so far.
            var files: [String: String]
        }

        var versions: [Version] = []

        /// Position of the version that a step begins with.
        func chosen(key: String?, restore: [String], ground: String) -> Int? {
            let usable = versions.indices.filter { versions[$0].ground == ground }
            guard let key else { return usable.last }
            if let exact = usable.first(where: { versions[$0].key == key }) { return exact }
            for prefix in restore {
                if let found = usable.last(where: { versions[$0].key?.hasPrefix(prefix) == true }) {
                    return found
                }
            }
            return nil
        }
    }

    /// What the images have in the volume's place: of the first two the same, and the others' own directories differ,
    /// so that no version can lie over two of them.
    private static let grounds: [(image: String, ground: String, files: [String: String])] = [
        ("one", "A", ["base": "A", "d/x": "A"]), ("two", "A", ["base": "A", "d/x": "A"]),
        ("three", "B", ["base": "B"]), ("none", "", [:]),
    ]

    /// One change, and the shell's words for it.
    private static func change(
        _ files: inout [String: String], _ numbers: inout some RandomNumberGenerator
    ) -> String {
        let names = ["base", "d/x", "d/y", "e/z", "f", "g"]
        let name = names.randomElement(using: &numbers) ?? "f"
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0:
            files[name] = nil
            return "rm -f \(name)"
        case 1:
            files = files.filter { !$0.key.hasPrefix("d/") }
            return "rm -rf d"
        case 2:
            files = files.filter { !$0.key.hasPrefix("d/") }
            files["d/new"] = "n"
            return "rm -rf d; mkdir d; echo n > d/new"
        default:
            let value = "\(Int.random(in: 0..<1000, using: &numbers))"
            files[name] = value
            return "mkdir -p d e; echo \(value) > \(name)"
        }
    }

    private static let look = "cd /v; find . -type f | sort | while read f; do echo \"$f $(cat $f)\"; done"

    private static func listing(_ files: [String: String]) -> String {
        files.map { "./\($0.key) \($0.value)\n" }.sorted().joined()
    }

    @Test(arguments: [1, 2, 3]) func `shows each step what the model has`(_ seed: UInt64) async throws {
        var numbers = SeededNumbers(seed)
        try await Playground.open { play in
            for (image, _, files) in Self.grounds {
                let made = files.map { "mkdir -p v/$(dirname \($0.key)); echo \($0.value) > v/\($0.key)" }
                let mode = image == "three" ? ["chmod 700 v"] : []
                try await play.image(image, (["true"] + made.sorted() + mode).joined(separator: "\n"))
            }
            var model = Model()
            for round in 0..<50 {
                let (image, ground, base) = Self.grounds.randomElement(using: &numbers) ?? Self.grounds[0]
                let key = ["k-1", "k-2", "k-10", "l-1", nil, nil].randomElement(using: &numbers) ?? nil
                let restore =
                    key == nil ? [] : [[], ["k-"], ["l-", "k-1"]].randomElement(using: &numbers) ?? []
                let write = ["last", "last", "never"].randomElement(using: &numbers) ?? "last"
                let ending =
                    ["exit 0", "exit 0", "exit 0", "exit 1", "kill -9 $$"].randomElement(using: &numbers)
                    ?? ""
                let start = model.chosen(key: key, restore: restore, ground: ground)
                let before = start.map { model.versions[$0].files } ?? base
                var files = before
                var script = [Self.look]
                let changes = Int.random(in: 0...3, using: &numbers)
                for _ in 0..<changes { script.append(Self.change(&files, &numbers)) }
                script.append(ending)
                var mount = "{volume: v, path: /v, write: \(write)"
                if let key { mount += ", key: \(key), restore_keys: \(restore)" }
                let run = try await play.step(
                    script.joined(separator: "\n"), mounts: "[\(mount)}]", image: image)
                #expect(
                    run.log(of: "s") == Self.listing(before),
                    "seed \(seed), round \(round), \(image), \(mount): \(run.stderr) \(run.errorDetail(of: "s"))"
                )
                guard run.status(of: "s") == "passed" else { continue }
                // Whether a step that came back to what it found has written is not the model's business.
                let wasSaved = run.volumes(of: "s").contains("saved")
                let isExact = key != nil && start.map { model.versions[$0].key == key } == true
                if write == "never" || isExact { #expect(!wasSaved, "seed \(seed), round \(round)") }
                if files != before, write == "last", !isExact {
                    #expect(wasSaved, "seed \(seed), round \(round)")
                }
                if wasSaved { model.versions.append(.init(key: key, ground: ground, files: files)) }
            }
            #expect(try await play.leftovers() == [])
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
