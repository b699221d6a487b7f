import CLinux
package import SystemPackage

/// A network namespace without processes, which lives as long as a descriptor of it, or a process in it.
package struct NetworkNamespace: ~Copyable, Sendable {
    package let descriptor: Descriptor

    /// Makes one with nothing but loopback, which is up; link-local addresses are unreachable in it.
    package init() throws(Errno) {
        descriptor = Descriptor(adopting: try systemCall { linux_network_namespace() })
    }

    /// Gives up the namespace's descriptor.
    package consuming func intoDescriptor() -> Descriptor { descriptor }
}
