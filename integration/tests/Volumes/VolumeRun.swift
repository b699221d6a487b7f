import Foundation
import Testing

extension RunResult {
    /// What became of volumes in a step, as `attached` or `saved`, in order.
    func volumes(of step: String) -> [String] {
        events("step_volume", of: step).map { $0["action"]?.text ?? "" }
    }

    func volumeDetails(of step: String) -> [String] {
        events("step_volume", of: step).map { $0["detail"]?.text ?? "" }
    }

    func warnings(_ code: String) -> [String] {
        events("warning").filter { $0["code"]?.text == code }.map { $0["detail"]?.text ?? "" }
    }

    /// Why the step ended in `error`.
    func errorDetail(of step: String) -> String {
        guard case .object(let error)? = events("step_end", of: step).first?["error"] else { return "" }
        return (error["detail"]?.text ?? "") + " | " + (error["fix"]?.text ?? "")
    }
}

extension Playground {
    /// Runs one step, called `s`, with mounts.
    func step(
        _ script: String, mounts: String, image: String = "busybox", more: String = "",
        _ arguments: [String] = []
    ) async throws -> RunResult {
        let body = script.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
        return try await run(
            """
            version: 1
            image: \(image)
            steps:
              - key: s
                network: none
                mounts: \(mounts)
                \(more)
                run: |
            \(body)
            """, arguments)
    }

    /// The volumes there are, as the daemon tells.
    func volumes() async throws -> [[String: JSON]] {
        let listed = try await varve(["volume", "list", "--format", "json"])
        try #require(listed.status == 0, "\(listed.stderr)")
        return try listed.lines.map { try JSONDecoder().decode([String: JSON].self, from: Data($0.utf8)) }
    }

    /// Brings in a root in which `script` was run, with busybox in `bin` at first.
    func image(_ name: String, _ script: String) async throws {
        let path = root + "/" + name
        try await Busybox.makeRoot(path)
        let made = try await Self.shell(script, in: path)
        try #require(made.status == 0, "\(made.stderr)")
        let imported = try await varve(["image", "import", name, path])
        try #require(imported.status == 0, "\(imported.stderr)")
    }
}
