import Foundation
import Testing

extension Playground {
    /// Processes of this machine whose command line contains this text.
    func processes(running text: String) async throws -> [String] {
        let own = "\(ProcessInfo.processInfo.processIdentifier)"
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard name.allSatisfy(\.isNumber), name != own,
                let line = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8)
            else { return false }
            return line.replacing("\0", with: " ").contains(text)
        }
    }

    /// What a step may have while it runs and must not leave behind: its directory in the store, its mounts,
    /// its bundle, its control groups.
    func leftovers() async throws -> [String] {
        let info = try await request("GET", "/v1/info")
        let decoded = try JSONDecoder().decode([String: JSON].self, from: Data(info.stdout.utf8))
        let id = try #require(decoded["store_id"]?.text)
        return names(in: "\(store)/active") + names(in: "/run/varve/mounts/\(id)") + mounts(id)
            + controlGroups(id)
    }

    private func names(in directory: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
        return (names ?? []).map { "\(directory)/\($0)" }
    }

    private func mounts(_ id: String) -> [String] {
        ["self", daemon.pid.map(String.init)].compactMap { $0 }.flatMap { process in
            let table = try? String(contentsOfFile: "/proc/\(process)/mountinfo", encoding: .utf8)
            return (table ?? "").split(separator: "\n").map(String.init)
                // The store's own disk, where it has one, is none.
                .filter { ($0.contains(root) && !$0.contains(" \(store) ")) || $0.contains(id + "/") }
        }
    }

    private func controlGroups(_ id: String) -> [String] {
        let root = "/sys/fs/cgroup"
        let hierarchies =
            [root]
            + ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).map {
                "\(root)/\($0)"
            }
        return hierarchies.flatMap { hierarchy in
            names(in: "\(hierarchy)/varve/\(id)").filter { path in
                FileManager.default.fileExists(atPath: path + "/cgroup.procs")
            }
        }
    }
}
