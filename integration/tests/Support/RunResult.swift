import Foundation
import Testing

/// What `varve run --format json` printed.
struct RunResult: Sendable {
    let exitCode: Int
    let stderr: String
    let events: [[String: JSON]]

    init(_ output: Output) throws {
        exitCode = output.status
        stderr = output.stderr
        events = try output.lines.map { try JSONDecoder().decode([String: JSON].self, from: Data($0.utf8)) }
    }

    var id: String { events.first { $0["kind"] == "build_start" }?["run_id"]?.text ?? "" }

    func events(_ kind: String, of step: String? = nil) -> [[String: JSON]] {
        events.filter { $0["kind"]?.text == kind && (step == nil || $0["step"]?.text == step) }
    }

    /// `passed`, `failed`, `cache_hit`, …; empty if the step did not end.
    func status(of step: String) -> String { events("step_end", of: step).first?["status"]?.text ?? "" }

    /// Why the step was executed; empty for a hit.
    func reason(of step: String) -> String {
        events("step_start", of: step).first?["reason"]?["code"]?.text ?? ""
    }

    func reasonDetail(of step: String) -> String {
        events("step_start", of: step).first?["reason"]?["detail"]?.text ?? ""
    }

    /// The step's output, lines joined as they were written.
    func log(of step: String) -> String {
        events("step_log", of: step).map { event in
            let text =
                event["line"]?.text
                ?? event["line_base64"]?.text.flatMap { Data(base64Encoded: $0) }.map {
                    String(decoding: $0, as: UTF8.self)
                }
                ?? ""
            return event["partial"] == .bool(true) ? text : text + "\n"
        }.joined()
    }

    func error(of step: String) -> String {
        events("step_end", of: step).first?["error"]?["code"]?.text ?? ""
    }

    /// Steps by status, for one comparison of a whole run.
    var statuses: [String: String] {
        Dictionary(
            events("step_end").map { ($0["step"]?.text ?? "", $0["status"]?.text ?? "") },
            uniquingKeysWith: { first, _ in first })
    }
}

/// Any JSON value.
enum JSON: Decodable, Equatable, Sendable, ExpressibleByStringLiteral {
    case null, bool(Bool), number(Double), string(String), array([JSON]), object([String: JSON])

    init(stringLiteral value: String) { self = .string(value) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }

    var number: Double? { if case .number(let number) = self { number } else { nil } }

    var array: [JSON]? { if case .array(let items) = self { items } else { nil } }

    subscript(member: String) -> JSON? {
        if case .object(let members) = self { members[member] } else { nil }
    }
}
