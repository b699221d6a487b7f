import SystemPackage

/// A kind of namespace, by its name below `/proc/PID/ns`.
enum NamespaceKind: String { case mount = "mnt", user }

extension Directory {
    /// What the kernel calls a namespace of the process whose folder below `/proc` this is: equal for all who share it.
    ///
    /// The link is read, not opened: while a container is made, opening one can take ten milliseconds.
    func namespace(_ kind: NamespaceKind) throws(Errno) -> [UInt8] { try readLink("ns/\(kind.rawValue)") }
}
