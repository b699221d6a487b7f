import FoundationEssentials
import Linux
import Model
import SystemPackage

/// What the supervisor leaves behind, as described in `supervise.h`.
struct StatusFile: Decodable {
    static let name = "status"

    enum Ended: String, Decodable {
        case exited
        case logLimit = "log-limit"
        case logFailed = "log-failed"
        case runtimeFailed = "runtime-failed"
    }

    var ended: Ended
    var code: Int32
    var signal: Int32
    var oom: Bool
    var stopped: Bool
    var errno: Int32
    var error: String
    var startedNanoseconds: Int64
    var endedNanoseconds: Int64

    private enum CodingKeys: String, CodingKey {
        case ended, code, signal, oom, stopped, errno, error
        case startedNanoseconds = "started_ns"
        case endedNanoseconds = "ended_ns"
    }

    /// The status in a directory of a step's results; nil when there is none.
    static func read(from directory: borrowing Directory) throws -> StatusFile? {
        do {
            let bytes = try directory.openFile(name).readAll(limit: 1 << 16)
            return try JSONDecoder().decode(StatusFile.self, from: Data(bytes))
        } catch let error as Errno where error == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// - Parameter runtimeLog: what the runtime logged, one JSON object a line.
    func report(runtimeLog: [UInt8]) -> StepReport {
        let exit: StepExit =
            switch ended {
            case .runtimeFailed: .runtimeFailed(Self.lastError(in: runtimeLog) ?? error)
            case .logLimit: .logLimit
            case .logFailed: .logFailed(errno)
            case .exited where oom && code != 0: .outOfMemory(code)
            case .exited: signal != 0 ? .signalled(signal) : .exited(code)
            }
        return StepReport(
            exit: exit, wasStopped: stopped, started: Timestamp(nanoseconds: startedNanoseconds),
            ended: Timestamp(nanoseconds: endedNanoseconds))
    }

    private struct LogRecord: Decodable {
        var msg: String
        var level: String
    }

    private static func lastError(in log: [UInt8]) -> String? {
        log.split(separator: 0x0A).reversed().lazy
            .compactMap { try? JSONDecoder().decode(LogRecord.self, from: Data($0)) }
            .first { $0.level == "error" || $0.level == "fatal" }?.msg
    }
}
