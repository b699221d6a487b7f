import Foundation
import Testing

/// The unit as it is shipped, read as systemd reads it.
@Suite struct `The service unit` {
    /// Options that give a service a mount namespace of its own (systemd.exec(5)): mounts of leases would not be seen on the
    /// host.
    private static let namespaces: Set<String> = [
        "BindPaths", "BindReadOnlyPaths", "DynamicUser", "ExecPaths", "ExtensionDirectories",
        "ExtensionImages",
        "InaccessibleDirectories", "InaccessiblePaths", "JoinsNamespaceOf", "LoadCredential",
        "LoadCredentialEncrypted", "LogNamespace", "MountAPIVFS", "MountFlags", "MountImages", "NoExecPaths",
        "PrivateDevices", "PrivateIPC", "PrivateMounts", "PrivateNetwork", "PrivateTmp", "PrivateUsers",
        "ProcSubset",
        "ProtectControlGroups", "ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
        "ProtectKernelTunables", "ProtectProc", "ProtectSystem", "ReadOnlyDirectories", "ReadOnlyPaths",
        "ReadWriteDirectories", "ReadWritePaths", "RootDirectory", "RootImage", "SetCredential",
        "SetCredentialEncrypted", "TemporaryFileSystem",
    ]

    /// Options that steps inherit and that keep their programs from working.
    private static let inherited: Set<String> = [
        "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "ProtectClock",
        "RestrictAddressFamilies",
        "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SecureBits", "SystemCallArchitectures",
        "SystemCallFilter",
    ]

    private func options(_ unit: String) throws -> [(name: String, value: String)] {
        try projectFile("systemd/\(unit)").split(separator: "\n").compactMap { line in
            guard let sign = line.firstIndex(of: "="), !line.hasPrefix("#"), !line.hasPrefix(";") else {
                return nil
            }
            return (
                line[..<sign].trimmingCharacters(in: .whitespaces),
                line[line.index(after: sign)...].trimmingCharacters(in: .whitespaces)
            )
        }
    }

    @Test func `has no option that hides the mounts of leases from the host`() throws {
        let names = try options("varved.service").map(\.name)
        #expect(names.contains("ExecStart"), "the unit was not read")
        #expect(names.filter(Self.namespaces.contains) == [])
    }

    @Test func `has no option that steps inherit and suffer from`() throws {
        #expect(try options("varved.service").map(\.name).filter(Self.inherited.contains) == [])
        let dropped = try options("varved.service").filter { $0.name == "CapabilityBoundingSet" }.map(\.value)
        // What container engines give a step, and what mounting takes.
        let needed = [
            "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_ADMIN",
            "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN",
            "SYS_CHROOT",
            "SYS_PTRACE", "SYS_RESOURCE", "AUDIT_WRITE",
        ]
        for set in dropped {
            try #require(set.hasPrefix("~"), "a list of what is dropped")
            let names = set.dropFirst().split(separator: " ").map(String.init)
            #expect(names.filter { needed.contains(String($0.dropFirst("CAP_".count))) } == [])
        }
    }

    @Test func `leaves steps running, and what a restart needs of them in its place`() throws {
        let options = try options("varved.service")
        func value(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }
        #expect(value("KillMode") == ["process"])
        #expect(value("RuntimeDirectoryPreserve") == ["yes"])
        #expect(value("Slice") == ["varve.slice"])
        #expect(value("Type") == ["notify"] && value("Restart") == ["on-failure"])
        #expect(value("WatchdogSec") != [] && value("TimeoutStopSec") != [] && value("ExecReload") != [])
    }

    @Test func `has a socket with the path, mode and group that the daemon's own would have`() throws {
        let options = try options("varved.socket")
        func value(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }
        #expect(value("ListenStream") == ["/run/varve/varve.sock"])
        #expect(value("SocketMode") == ["0660"] && value("SocketGroup") == ["varve"])
        #expect(value("DirectoryMode") == ["0711"])
    }
}

@Suite struct `What people are told to do with the units` {
    @Test(arguments: ["README.md", "docs/operations.md"])
    func `makes the socket's group before the socket`(document: String) throws {
        let lines = try projectFile(document).split(separator: "\n")
        let group = try #require(lines.firstIndex { $0.hasPrefix("systemd-sysusers") })
        let socket = try #require(lines.firstIndex { $0.hasPrefix("systemctl enable") })
        #expect(group < socket)
    }

    @Test(arguments: ["README.md", "docs/operations.md", "Sources/Repair/StoreCheckup.swift"])
    func `stops the socket with the daemon, which it would start again`(document: String) throws {
        let commands = try projectFile(document).matches(of: /systemctl stop [a-z. ]+/).map {
            String($0.output)
        }
        let unexplained = commands.filter { !$0.contains("varved.socket varved") }
        // Once to say what it does not do.
        #expect(unexplained.count == (document == "docs/operations.md" ? 1 : 0), "\(unexplained)")
    }
}

private func projectFile(_ path: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
}
