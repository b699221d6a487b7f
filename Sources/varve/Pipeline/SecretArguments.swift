import Linux
import Model

/// `NAME=env:VARIABLE` and `NAME=file:PATH` arguments: the value itself is never one, since arguments are seen by all.
enum SecretArguments {
    /// - Throws: `UsageProblem` for anything else, or a source that is not there.
    static func values(_ arguments: [String], here: [String: String]) throws -> [String: String]? {
        var values: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, SecretMount.isName(String(parts[0])),
                let value = try value(of: String(parts[0]), from: parts[1], here)
            else {
                throw UsageProblem(
                    "‘--secret \(parts[0])’ does not say where its value is",
                    fix: "write --secret NAME=env:VARIABLE or --secret NAME=file:PATH")
            }
            values[String(parts[0])] = value
        }
        return values.isEmpty ? nil : values
    }

    private static func value(
        of name: String, from source: Substring, _ here: [String: String]
    ) throws -> String? {
        if source.hasPrefix("env:") {
            let variable = String(source.dropFirst(4))
            guard let value = here[variable] else {
                throw UsageProblem(
                    "the variable \(variable) of secret \(name) is not set", fix: "set it in the environment")
            }
            return value
        }
        guard source.hasPrefix("file:") else { return nil }
        let path = String(source.dropFirst(5))
        let bytes: [UInt8]
        do {
            bytes = try Descriptor.openFile(path).readAll(limit: SecretMount.largest)
        } catch {
            throw UsageProblem(
                "the file \(path) of secret \(name) can't be read: \(error)",
                fix: "name a file of at most 64 KiB")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageProblem("the file \(path) of secret \(name) is no text", fix: "encode it as base64")
        }
        return text
    }
}
