import Foundation
import Testing

/// Every change a daemon makes to its store and to mounts of the host: the one place where they are listed.
///
/// A test records what a daemon really does, from its first start on an empty store to its stop, and compares it with
/// this list; another kills a daemon at each; a third compares it with `docs/disk-format.md`, which says in which order
/// they come and what a crash between two leaves.
struct StateChange: Sendable, CustomTestStringConvertible {
    /// The call and the places it changes, as `integration/tools/crash-point.c` writes them down.
    let change: String
    /// What it belongs to, as in the document.
    let part: String
    /// At how many of its occurrences, from the first on, it is worth being killed.
    let often: Int
    /// Whether it depends on the moment, as on when SQLite finds it time for a checkpoint, so that a short life may do
    /// without.
    let isOptional: Bool

    private init(_ change: String, of part: String, often: Int = 1, optional: Bool = false) {
        self.change = change
        self.part = part
        self.often = often
        isOptional = optional
    }

    var testDescription: String { change }

    /// Nobody waits for it.
    var isInBackground: Bool { part == "deletion" || part.hasPrefix("removing") }

    static let all: [StateChange] = [
        StateChange("create lock", of: "first start"),
        StateChange("mkdir active", of: "first start"),
        StateChange("mkdir aside", of: "first start"),
        StateChange("mkdir dead", of: "first start"),
        StateChange("mkdir empty", of: "first start"),
        StateChange("mkdir layers", of: "first start"),
        StateChange("mkdir manifests", of: "first start"),
        StateChange("mkdir records", of: "first start"),
        StateChange("mkdir records/image", of: "first start"),
        StateChange("mkdir records/revision", of: "first start"),
        StateChange("mkdir records/run", of: "first start"),
        StateChange("mkdir records/snapshot", of: "first start"),
        StateChange("mkdir records/store", of: "first start"),
        StateChange("mkdir records/volume", of: "first start"),
        StateChange("mkdir runs", of: "first start"),
        StateChange("mkdir scans", of: "first start"),
        StateChange("mkdir spool", of: "first start"),
        StateChange("create ballast", of: "first start; room to write in when the disk is full"),
        StateChange("reserve ballast", of: "first start; room to write in when the disk is full"),
        StateChange("create catalog.sqlite", of: "first start"),
        StateChange("create catalog.sqlite-journal", of: "first start"),
        StateChange("write catalog.sqlite-journal", of: "first start"),
        StateChange("sync catalog.sqlite-journal", of: "first start"),
        StateChange("remove catalog.sqlite-journal", of: "first start"),
        StateChange("create catalog.sqlite-wal", of: "first start"),
        StateChange("write catalog.sqlite-wal", of: "any transaction of the catalog", often: 600),
        StateChange("sync catalog.sqlite-wal", of: "any transaction of the catalog", often: 4),
        StateChange("write catalog.sqlite", of: "checkpoint of the catalog's log"),
        StateChange("truncate catalog.sqlite", of: "checkpoint of the catalog's log", optional: true),
        StateChange("sync catalog.sqlite", of: "checkpoint of the catalog's log"),
        StateChange("create catalog.sqlite-shm", of: "the catalog's shared memory, which holds nothing"),
        StateChange(
            "write catalog.sqlite-shm", of: "the catalog's shared memory, which holds nothing", optional: true
        ),
        StateChange(
            "truncate catalog.sqlite-shm", of: "the catalog's shared memory, which holds nothing",
            optional: true),
        StateChange("mkdir active/N", of: "prepare; filling a layer by hand", often: 20),
        StateChange("mkdir active/N/system", of: "prepare; filling a layer by hand"),
        StateChange("mkdir active/N/system.work", of: "prepare"),
        StateChange("mkdir active/N/workspace", of: "prepare"),
        StateChange("mkdir active/N/workspace.work", of: "prepare"),
        StateChange("mkdir active/N/volume-0-0", of: "prepare"),
        StateChange("mkdir active/N/volume-0-0.work", of: "prepare"),
        StateChange("mkdir active/N/volume-0-1", of: "prepare"),
        StateChange("mkdir active/N/volume-0-1.work", of: "prepare"),
        StateChange("mkdir active/N/volume-0", of: "keeping what a step wrote to a volume 1"),
        StateChange(
            "rename active/N/volume-0-0 active/N/volume-0/…", of: "keeping what a step wrote to a volume 2"),
        StateChange(
            "rename active/N/volume-0-1 active/N/volume-0/…", of: "keeping what a step wrote to a volume 2"),
        StateChange(
            "rename active/N/volume-0 layers/N", of: "keeping what a step wrote to a volume 3", often: 4),
        StateChange("mkdir active/N/system/…", of: "filling a layer by hand"),
        StateChange("create active/N/system/…", of: "filling a layer by hand", often: 200),
        StateChange("link active/N/system/…", of: "squashing a revision, a version of a volume", often: 4),
        StateChange("rename spool/… active/N/system/…", of: "importing a version of a volume", often: 2),
        StateChange("write active/N/system/…", of: "filling a layer by hand"),
        StateChange("truncate active/N/system/…", of: "filling a layer by hand"),
        StateChange("remove active/N/system/…", of: "commit 4"),
        StateChange("remove active/N/workspace/…", of: "commit 5"),
        StateChange("rename active/N/system layers/N", of: "commit, filling a layer by hand", often: 15),
        StateChange("rename active/N/workspace layers/N", of: "commit"),
        StateChange("remove active/N", of: "commit 9, filling a layer by hand 5"),
        StateChange("rename active/N dead/N", of: "giving a step up, commit 9", often: 8),
        StateChange("rename layers/N dead/N", of: "removing a layer 2", often: 3),
        StateChange("remove dead/N", of: "deletion", often: 12),
        StateChange("remove dead/N/…", of: "deletion"),
        StateChange("rename dead/N/… dead/N", of: "deletion"),
        StateChange("write records/image/.new", of: "making durable 1"),
        StateChange("rename records/image/.new records/image/ID", of: "making durable 1"),
        StateChange("remove records/image/ID", of: "removing an image 3"),
        StateChange("write records/revision/.new", of: "making durable 1"),
        StateChange("rename records/revision/.new records/revision/N", of: "making durable 1"),
        StateChange("remove records/revision/N", of: "making durable 1"),
        StateChange("write records/run/.new", of: "making durable 1"),
        StateChange("rename records/run/.new records/run/ID", of: "making durable 1"),
        StateChange("write records/snapshot/.new", of: "making durable 1"),
        StateChange("rename records/snapshot/.new records/snapshot/ID", of: "making durable 1", often: 3),
        StateChange("remove records/snapshot/ID", of: "making durable 1"),
        StateChange("write records/store/.new", of: "making durable 1"),
        StateChange("rename records/store/.new records/store/N", of: "making durable 1"),
        StateChange("write records/volume/.new", of: "making durable 1"),
        StateChange("rename records/volume/.new records/volume/ID", of: "making durable 1"),
        StateChange("remove records/volume/ID", of: "making durable 1"),
        StateChange("sync everything", of: "making durable 3; squashing a version of a volume", often: 2),
        StateChange("write records/.new", of: "making durable 5"),
        StateChange("rename records/.new records/safe", of: "making durable 5"),
        StateChange("mkdir mounts/…", of: "preparing a lease 4; a run's request, a step's bundle", often: 20),
        StateChange(
            "create mounts/…", of: "preparing a lease 4; a run's request, a step's bundle", often: 30),
        StateChange("mount mounts/…", of: "preparing a lease 4; ending one"),
        StateChange("unmount mounts/…", of: "preparing a lease 4; ending one"),
        StateChange("write mounts/…", of: "preparing a lease 4; a run's request, a step's bundle", often: 25),
        StateChange("rename mounts/… mounts/…", of: "a run's request, a step's mark", often: 6),
        StateChange("remove mounts/…", of: "preparing a lease 4; ending one", often: 100),
        StateChange("write manifests/.new", of: "a revision's manifest", often: 8),
        StateChange("rename manifests/.new manifests/ID", of: "a revision's manifest", often: 8),
        StateChange("remove manifests/ID", of: "removing a workspace 3"),
        StateChange("write scans/.new", of: "what a scan saw"),
        StateChange("rename scans/.new scans/N", of: "what a scan saw"),
        StateChange("remove scans/N", of: "removing a workspace 2", optional: true),
        StateChange(
            "mkdir spool/…", of: "unpacking and packing archives; the trial of overlays at a start", often: 25
        ),
        StateChange(
            "create spool/…", of: "unpacking and packing archives; the trial of overlays at a start",
            often: 25),
        StateChange("write spool/…", of: "unpacking and packing archives", often: 25),
        StateChange(
            "remove spool/…", of: "unpacking and packing archives; the trial of overlays at a start",
            often: 100),
        StateChange("mkdir runs/ID", of: "a run"),
        StateChange("create runs/ID/steps.json", of: "a run"),
        StateChange("write runs/ID/steps.json", of: "a run"),
        StateChange("create runs/ID/events.ndjson", of: "a run"),
        StateChange("reserve runs/ID/events.ndjson", of: "a run"),
        StateChange("write runs/ID/events.ndjson", of: "a run", often: 12),
        StateChange("truncate runs/ID/events.ndjson", of: "the end of a run: room kept for it is given back"),
        StateChange("mkdir runs/ID/step-N", of: "a run"),
        StateChange("create runs/ID/step-N/log", of: "a run"),
        StateChange("create runs/ID/step-N/supervisor.log", of: "a run"),
        StateChange("remove runs/ID/step-N", of: "a run"),
        StateChange("remove runs/ID/step-N/log", of: "a run"),
        StateChange("remove runs/ID/step-N/status", of: "a run"),
        StateChange("remove runs/ID/step-N/supervisor.log", of: "a run"),
    ]

    /// The rows of the document's table.
    static var documented: [String] {
        get throws {
            let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("docs/disk-format.md")
            let text = try String(contentsOf: path, encoding: .utf8)
            let section = try #require(text.components(separatedBy: "## Changes seen from outside").last)
            return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        }
    }

    var row: String { "| `\(change)` | \(part) |" }
}
