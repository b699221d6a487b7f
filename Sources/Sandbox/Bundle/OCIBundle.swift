import JSON
package import Linux
package import Model
import SystemPackage

/// A directory from which an OCI runtime can start a step: `config.json`, and what it points to.
///
/// It holds what is passed to the step, secrets included, and so belongs on a tmpfs and to root alone.
package struct OCIBundle: ~Copyable, Sendable {
    /// The directory on the host, for the runtime.
    package let path: String
    package let directory: Directory

    /// Takes an existing directory, which has `rootfs` in it, or gets one.
    package init(path: String) throws(Failure) {
        self.path = path
        directory = try Self.prepare(path)
    }

    private static func prepare(_ path: String) throws(Failure) -> Directory {
        do {
            let directory = try Directory(opening: path, following: false)
            try directory.descriptor.setMode(0o700)
            if try directory.statusIfPresent("rootfs") == nil { try directory.createDirectory("rootfs") }
            return directory
        } catch {
            throw failure(path, error)
        }
    }

    /// Writes everything a runtime needs but the tree.
    ///
    /// - Parameter holder: whose the files are; nil for the daemon's own.
    package func write(
        _ specification: OCISpecification, network: StepSpecification.NetworkMode,
        for holder: LeaseHolder? = nil
    ) throws(Failure) {
        do {
            try file("resolv.conf", Self.resolverConfiguration(network), mode: 0o644, holder)
            try file("hosts", Self.hosts(network, hostname: specification.hostname), mode: 0o644, holder)
            try file("hostname", Array((specification.hostname + "\n").utf8), mode: 0o644, holder)
            try file("config.json", try JSONTextEncoder.encode(specification), mode: 0o600, holder)
        } catch {
            throw Self.failure(path, error)
        }
    }

    private func file(
        _ name: String, _ content: [UInt8], mode: UInt32, _ holder: LeaseHolder?
    ) throws(Errno) {
        let file = try directory.openFile(name, [.writeOnly, .create, .truncate], mode: 0o600)
        try file.writeAll(content)
        // Not by the mode of the creation, on which the umask has a say.
        try file.setMode(mode)
        if let holder { try file.setOwner(uid: holder.uid, gid: holder.gid) }
    }

    /// A private network's name server is slirp4netns, which asks the host's.
    private static func resolverConfiguration(_ network: StepSpecification.NetworkMode) -> [UInt8] {
        switch network {
        case .private: Array("nameserver \(PrivateNetwork.nameServer)\n".utf8)
        case .host: hostFile("/etc/resolv.conf")
        case .none: []
        }
    }

    private static func hosts(_ network: StepSpecification.NetworkMode, hostname: String) -> [UInt8] {
        let own = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.0.1\t\(hostname)\n"
        return switch network {
        case .private, .none: Array(own.utf8)
        case .host: hostFile("/etc/hosts") + Array("127.0.0.1\t\(hostname)\n".utf8)
        }
    }

    private static func hostFile(_ path: String) -> [UInt8] {
        (try? Descriptor.openFile(path).readAll(limit: 1 << 20)) ?? []
    }

    private static func failure(_ path: String, _ error: any Error) -> Failure {
        Failure(
            .storageFailed, "the bundle directory \(path) can't be written: \(error)",
            fix: "make room in /run and check that it is a writable tmpfs")
    }
}
