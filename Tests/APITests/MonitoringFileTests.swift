import API
import JSON
import Linux
import SystemPackage
import Testing
import Yams

/// The files in `docs/monitoring` have the form that Prometheus and Grafana read; that what they ask for is there is
/// tested on a daemon.
@Suite struct MonitoringFileTests {
    private func text(_ name: String) throws -> String {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let path = root.appending("docs").appending("monitoring").appending(name)
        return String(decoding: try Descriptor.openFile(path.string).readAll(limit: 1 << 20), as: UTF8.self)
    }

    /// Brackets close what they opened, outside of quotes.
    private func isBalanced(_ expression: String) -> Bool {
        var open: [Character] = []
        var isQuoted = false
        for character in expression {
            if character == "\"" { isQuoted.toggle() }
            if isQuoted { continue }
            switch character {
            case "(": open.append(")")
            case "[": open.append("]")
            case "{": open.append("}")
            case ")", "]", "}": if open.popLast() != character { return false }
            default: break
            }
        }
        return open.isEmpty && !isQuoted && !expression.isEmpty
    }

    @Test func `alert rules have what a rule needs, and names of their own`() throws {
        let document = try #require(try Yams.compose(yaml: try text("varve-alerts.yaml")))
        var names: Set<String> = []
        let groups = try #require(document["groups"]?.array())
        for rule in groups.flatMap({ $0["rules"]?.array() ?? [] }) {
            let name = try #require(rule["alert"]?.string)
            #expect(names.insert(name).inserted, "\(name)")
            let members = Set((rule.mapping?.keys.compactMap(\.string)) ?? [])
            #expect(members.isSubset(of: ["alert", "expr", "for", "labels", "annotations"]), "\(name)")
            #expect(isBalanced(try #require(rule["expr"]?.string)), "\(name)")
            if let duration = rule["for"]?.string {
                #expect(duration.wholeMatch(of: /[0-9]+[smhd]/) != nil, "\(name)")
            }
            let severity = try #require(rule["labels"]?["severity"]?.string)
            #expect(["info", "warning", "critical"].contains(severity), "\(name)")
            for words in ["summary", "description"] {
                #expect(rule["annotations"]?[words]?.string?.isEmpty == false, "\(name)")
            }
        }
        #expect(names.count >= 5)
    }

    @Test func `every panel of the dashboard asks something, in a place of its own`() throws {
        let document = try JSONValue(parsing: Array(try text("varve-dashboard.json").utf8))
        var places: Set<String> = []
        var asked = 0
        for panel in try #require(document["panels"]?.array) {
            let title = panel["title"]?.string ?? ""
            #expect(!title.isEmpty)
            let place = panel["gridPos"]
            let corner = "\(place?["x"]?.integer ?? -1) \(place?["y"]?.integer ?? -1)"
            #expect(places.insert(corner).inserted, "\(title)")
            for target in panel["targets"]?.array ?? [] {
                #expect(isBalanced(target["expr"]?.string ?? ""), "\(title)")
                asked += 1
            }
            #expect(panel["type"]?.string == "row" || panel["targets"]?.array?.isEmpty == false, "\(title)")
        }
        #expect(asked > 10)
    }
}
