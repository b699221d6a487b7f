import Foundation
import Glibc
import TestSupport
import Testing

/// A port on the host's loopback that leads to a daemon's socket, for programs that know no Unix sockets.
///
/// To the daemon, who calls is a process that sees one directory as the root of all: whatever paths are asked for, nothing
/// of the host is read or written.
enum SocketBridge {
    private static let program = """
        import os, socket, sys, threading
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # The socket stays in reach by a relative path.
        os.chdir(sys.argv[1])
        os.chroot(sys.argv[2])

        def pump(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        def serve(client):
            with client, socket.socket(socket.AF_UNIX) as daemon:
                daemon.connect(sys.argv[3])
                back = threading.Thread(target=pump, args=(daemon, client))
                back.start()
                pump(client, daemon)
                back.join()

        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """

    /// - Parameters:
    ///   - view: the directory that callers have as their root.
    ///   - body: gets the port; the bridge is gone when it returns.
    static func open(_ socket: String, view: String, _ body: (Int) async throws -> Void) async throws {
        let url = URL(fileURLWithPath: socket)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c", program, url.deletingLastPathComponent().path, view, url.lastPathComponent,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        do {
            try await body(
                try #require(Int(said.trimmingCharacters(in: .newlines)), "the bridge said: \(said)"))
        } catch {
            await end(process)
            throw error
        }
        await end(process)
    }

    private static func end(_ process: Process) async {
        kill(process.processIdentifier, SIGKILL)
        await process.ended()
    }
}
