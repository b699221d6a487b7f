import Foundation
import Testing

/// The place where a daemon is killed: at one of the changes it makes to its store or to the host's mounts, seen from
/// outside by `integration/tools/crash-point.c`.
struct CrashPoint: Sendable, CustomStringConvertible {
    /// As `crash-point.c` writes it down.
    var change: String
    /// 1 is the first.
    var occurrence = 1
    /// After the change, and not before it.
    var isAfter: Bool

    var description: String { "\(isAfter ? "after" : "before") ‘\(change)’, no. \(occurrence)" }

    /// What makes a daemon on the store of `play` die here; with nil, all its changes are written down only.
    static func environment(_ point: CrashPoint?, in play: Playground) async throws -> [String: String] {
        let library = play.root + "/crash-point.so"
        if !FileManager.default.fileExists(atPath: library) {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("tools/crash-point.c").path
            let made = try await runProgram(
                "gcc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
            try #require(made.status == 0, "\(made.stderr)")
        }
        var environment = [
            "LD_PRELOAD": library, "CRASH_STORE": play.store, "CRASH_LOG": play.root + "/changes",
        ]
        guard let point else { return environment }
        environment["CRASH_AT"] = point.change
        environment["CRASH_COUNT"] = "\(point.occurrence)"
        if point.isAfter { environment["CRASH_AFTER"] = "1" }
        return environment
    }

    /// All changes that were written down, in their order.
    static func changes(in play: Playground) -> [String] {
        let text = (try? String(contentsOfFile: play.root + "/changes", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
