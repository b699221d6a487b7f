import Glibc
import NIOCore
import NIOPosix

/// Leaves a socket file at `path` that nobody listens on.
func leaveStaleSocket(at path: String) async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(unixDomainSocketPath: path + "-").get()
    // Closing the listener removes its file only where it still has its name.
    // SAFETY: both are C strings for the time of the call.
    unsafe rename(path + "-", path)
    try await server.close()
}

/// Removes the file at `path`, if it is there.
func removeFile(_ path: String) {
    // SAFETY: the path is a C string for the time of the call.
    unsafe unlink(path)
}
