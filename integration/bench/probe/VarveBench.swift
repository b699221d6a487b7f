import Glibc
import Linux

/// What the benchmark measures inside of Varve, without daemon and client: one round for every line of standard input, its
/// time in nanoseconds as a line of the answer.
@main struct VarveBench {
    static func main() async {
        do {
            let driver = try Driver()
            let subject = try await subject(of: Array(CommandLine.arguments.dropFirst()))
            try driver.say("ready")
            while driver.listen() != nil { try await subject.round(driver) }
        } catch {
            Driver.complain("varve-bench: \(error)")
            exit(1)
        }
    }

    private static func subject(of arguments: [String]) async throws -> any BenchmarkSubject {
        switch (arguments.first, arguments.count) {
        case ("overlay", 4):
            guard let lowers = Int(arguments[3]), lowers > 0 else { break }
            return try OverlayCycle(
                in: arguments[2], lowers: lowers, isAttached: arguments[1] == "attached")
        case ("commit", 3): return try await StepCommit(of: arguments[1], in: arguments[2])
        case ("scan", 3): return try await UnchangedScan(of: arguments[1], in: arguments[2])
        default: break
        }
        throw UnknownSubject()
    }
}

/// Something that is measured round by round.
protocol BenchmarkSubject {
    /// Does it once and says how long it took.
    func round(_ driver: borrowing Driver) async throws
}

struct UnknownSubject: Error, CustomStringConvertible {
    let description =
        "usage: varve-bench overlay attached|detached DIR LOWERS | commit TREE DIR | scan TREE DIR"
}
