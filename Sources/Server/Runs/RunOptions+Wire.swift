import API
import Model

extension RunOptions {
    /// - Throws: `bad-request` for values that mean nothing.
    init(_ wire: Wire.RunOptions?, jobLimit: Int) throws(Failure) {
        self.init()
        guard let wire else { return }
        targets = wire.targets ?? []
        jobs = try RunOptions.checked(wire.jobs, "jobs", in: 1...Int64(jobLimit)).map(Int.init)
        keepGoing = wire.keepGoing ?? false
        environment = try RunOptions.checked(wire.env, "env")
        passEnvironment = try RunOptions.checked(wire.passEnv, "pass_env")
        noCache =
            switch wire.noCache {
            case nil: .nothing
            case .all: .everything
            case .steps(let steps): steps.isEmpty ? .nothing : .steps(Set(steps))
            }
        pull = wire.pull ?? false
        // As long as a duration in a pipeline may be.
        let longest: Int64 = 100 * 366 * 86_400
        timeout = try RunOptions.checked(
            wire.timeoutSeconds.map(Int.init), "timeout_seconds", in: 1...longest
        )
        .map(TimeSpan.init(seconds:))
        attached = wire.attached ?? false
        untrusted = wire.untrusted ?? false
    }

    private static func checked(
        _ number: Int?, _ member: String, in range: ClosedRange<Int64>
    ) throws(Failure) -> Int64? {
        guard let number else { return nil }
        guard range.contains(Int64(number)) else {
            throw Failure(
                .badRequest, "options.\(member): \(number) is out of range",
                fix: "give an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int64(number)
    }

    private static func checked(
        _ variables: [String: String]?, _ member: String
    ) throws(Failure) -> [String: String] {
        let variables = variables ?? [:]
        for (name, value) in variables
        where name.isEmpty || name.contains("=") || (name + value).utf8.contains(0) {
            throw Failure(
                .badRequest,
                "options.\(member): ‘\(EntryPath.printable(Array(name.utf8.prefix(100))))’ is no environment variable",
                fix: "names are not empty and without ‘=’, and neither names nor values have a NUL")
        }
        return variables
    }
}
