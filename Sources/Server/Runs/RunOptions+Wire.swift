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
        secrets = try RunOptions.checked(secrets: wire.secrets ?? [:])
    }

    private static func checked(secrets: [String: String]) throws(Failure) -> [String: String] {
        guard secrets.count <= 100 else {
            throw Failure(
                .badRequest, "options.secrets: \(secrets.count) are too many", fix: "give 100 at most")
        }
        for (name, value) in secrets {
            guard SecretMount.isName(name) else {
                throw Failure(
                    .badRequest,
                    "options.secrets: ‘\(EntryPath.printable(Array(name.utf8.prefix(100))))’ is no name of a secret",
                    fix: "use \(SecretMount.nameRule)")
            }
            guard value.utf8.count <= SecretMount.largest, !value.utf8.contains(0) else {
                throw Failure(
                    .badRequest, "options.secrets: \(name) is longer than 64 KiB, or has a NUL",
                    fix: "encode it as base64, or keep it elsewhere")
            }
        }
        return secrets
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

    private static let mostVariables = 1000
    private static let mostVariableBytes = 1 << 20

    private static func checked(
        _ variables: [String: String]?, _ member: String
    ) throws(Failure) -> [String: String] {
        let variables = variables ?? [:]
        let bytes = variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard variables.count <= mostVariables, bytes <= mostVariableBytes else {
            throw Failure(
                .badRequest, "options.\(member): \(variables.count) variables of \(bytes) bytes are too many",
                fix: "give at most \(mostVariables) of \(mostVariableBytes) bytes in all")
        }
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
