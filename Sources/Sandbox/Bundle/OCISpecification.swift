import Model

/// `config.json` of an OCI bundle, as far as steps use it.
///
/// Source: the OCI runtime specification 1.0.2, `config.md` and `config-linux.md`; members are named as
/// there.
package struct OCISpecification: Encodable, Sendable {
    package var ociVersion = "1.0.2"
    package var process: Process
    package var root: Root
    package var hostname: String
    package var mounts: [Mount]
    package var linux: Linux
    package var annotations: [String: String]

    package struct Root: Encodable, Sendable {
        package var path: String
        package var readonly: Bool
    }

    package struct Mount: Hashable, Encodable, Sendable {
        package var destination: String
        package var type: String
        package var source: String
        package var options: [String]

        package init(_ destination: String, type: String, source: String? = nil, _ options: [String]) {
            self.destination = destination
            self.type = type
            self.source = source ?? type
            self.options = options
        }

        /// A file or directory of the host's, which the step can't change.
        package static func readOnlyBind(_ source: String, at destination: String) -> Mount {
            Mount(destination, type: "bind", source: source, ["bind", "ro", "nosuid", "nodev", "rprivate"])
        }
    }

    package struct Process: Encodable, Sendable {
        package var terminal = false
        package var consoleSize: ConsoleSize?
        package var user: User
        package var args: [String]
        package var env: [String]
        package var cwd: String
        package var capabilities: Capabilities
        package var rlimits: [ResourceLimit]
        package var noNewPrivileges = false
        package var oomScoreAdj: Int?
    }

    package struct ConsoleSize: Encodable, Sendable {
        package var height: UInt16
        package var width: UInt16
    }

    package struct User: Encodable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var additionalGids: [UInt32]
    }

    package struct Capabilities: Encodable, Sendable {
        package var bounding: [String]
        package var effective: [String]
        package var permitted: [String]
        package var inheritable: [String]
        package var ambient: [String]
    }

    package struct ResourceLimit: Encodable, Sendable {
        package var type: String
        package var soft: UInt64
        package var hard: UInt64
    }
}
