package import JSON

extension OCISpecification {
    package struct Linux: Encodable, Sendable {
        package var namespaces: [Namespace]
        package var cgroupsPath: String
        package var resources: Resources
        package var maskedPaths: [String]
        package var readonlyPaths: [String]
        /// `Seccomp`: by far the larger part of a bundle's `config.json`, and the same in each.
        package var seccomp: JSONVerbatim?
    }

    package struct Namespace: Encodable, Sendable {
        package var type: String
        package var path: String?
    }

    package struct Resources: Encodable, Sendable {
        package var devices = [DeviceRule(allow: false, access: "rwm")]
        package var memory: Memory?
        package var cpu: CPU?
        package var pids: PIDs
    }

    package struct DeviceRule: Encodable, Sendable {
        package var allow: Bool
        package var access: String
    }

    package struct Memory: Encodable, Sendable {
        package var limit: Int64
        /// Memory and swap together.
        package var swap: Int64?
    }

    package struct CPU: Encodable, Sendable {
        package var quota: Int64
        package var period: UInt64
    }

    package struct PIDs: Encodable, Sendable {
        package var limit: Int64
    }

    package struct Seccomp: Encodable, Hashable, Sendable {
        package var defaultAction: String
        package var defaultErrnoRet: UInt32?
        package var architectures: [String]
        package var syscalls: [Rule]

        package struct Rule: Encodable, Hashable, Sendable {
            package var names: [String]
            package var action: String
            package var errnoRet: UInt32?
            package var args: [Argument]?
        }

        package struct Argument: Codable, Hashable, Sendable {
            package var index: UInt32
            package var value: UInt64
            package var valueTwo: UInt64?
            package var op: String
        }
    }
}
