import Linux

/// Leaves a socket file at `path` that nobody listens on, nor ever has: where somebody had, another test's child might go on
/// for a moment.
package func leaveStaleSocket(at path: String) throws {
    try Descriptor.unixStreamSocket().bind(to: try UnixSocketAddress(path))
}
