import Model

/// `K=V` and `K[=V]` arguments as variables.
enum Assignments {
    /// - Throws: `UsageProblem` for an argument without a name or a value.
    static func environment(_ arguments: [String]) throws -> [String: String] {
        var variables: [String: String] = [:]
        for argument in arguments {
            guard let (name, value) = split(argument), let value else {
                throw UsageProblem("‘-e \(argument)’ is no assignment", fix: "write -e NAME=VALUE")
            }
            variables[name] = value
        }
        return variables
    }

    /// The values of all `names`, and of those that `arguments` add; what an argument gives comes first,
    /// `here` after it.
    ///
    /// - Throws: `pipeline-invalid` for a name without a value.
    static func passed(
        _ arguments: [String], names: Set<String>, here: [String: String]
    ) throws -> [String: String]? {
        var variables: [String: String] = [:]
        var wanted = names
        for argument in arguments {
            guard let (name, value) = split(argument) else {
                throw UsageProblem("‘--pass \(argument)’ names no variable", fix: "write --pass NAME[=VALUE]")
            }
            wanted.insert(name)
            if let value { variables[name] = value }
        }
        for name in wanted.sorted() where variables[name] == nil {
            guard let value = here[name] else {
                throw Failure(
                    .pipelineInvalid, "\(name) is to be passed to steps and is not set",
                    fix: "set it in the environment, or give --pass \(name)=VALUE")
            }
            variables[name] = value
        }
        return variables.isEmpty ? nil : variables
    }

    /// Nil without a name, or with a NUL.
    private static func split(_ argument: String) -> (name: String, value: String?)? {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, !argument.utf8.contains(0) else { return nil }
        return (String(name), parts.count > 1 ? String(parts[1]) : nil)
    }
}
