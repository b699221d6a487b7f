import API
import Engine
import HummingbirdCore
import Linux
import Model
import NIOCore

/// One shell and the connection over which somebody works in it, until one of them ends.
struct ShellSession: Sendable {
    let shell: Shell
    let input: RawInput
    let stream: StreamWriter

    /// Returns when the shell has ended and its end is told.
    ///
    /// - Throws: when the client has left. The shell has ended then too.
    @concurrent func run(_ writer: inout any ResponseBodyWriter) async throws {
        let feeding = Task { await feed() }
        defer { feeding.cancel() }
        let written = ByteHandover()
        Shell.threads.submit { [shell] in
            written.finish(Result { () throws(Failure) in try Self.read(shell, into: written) })
        }
        do {
            for note in shell.notes { try await stream.write(ShellFrame.note(note).bytes, to: &writer) }
            while let bytes = try await written.next() { try await stream.write(bytes, to: &writer) }
            let last: ShellFrame =
                switch await shell.ended() {
                case .exited(let status): .exit(status)
                case .failed(let failure): .failure(failure)
                }
            try await stream.write(last.bytes, to: &writer)
        } catch {
            written.abandon()
            shell.end(because: Shell.left)
            _ = await shell.ended()
            throw error
        }
    }

    private static func read(_ shell: Shell, into written: ByteHandover) throws(Failure) {
        while let (stream, bytes) = shell.read() {
            let frame: ShellFrame =
                switch stream {
                case .output: .output(bytes)
                case .errors: .errors(bytes)
                }
            try written.write(frame.bytes)
        }
    }

    /// Hands on what comes from the client, at the shell's pace.
    private func feed() async {
        var frames = ShellFrameReader()
        do throws(Failure) {
            while let buffer = await input.next() {
                frames.append(buffer.readableBytesView)
                while let frame = try frames.next() { await take(frame) }
            }
            shell.end(because: Shell.left)
        } catch {
            shell.end(because: error)
        }
    }

    private func take(_ frame: ShellFrame) async {
        switch frame {
        case .input(let bytes):
            // A shell that has closed its input gets no more.
            try? await onBlockingThread(of: Shell.threads) { [shell] in try shell.write(bytes) }
        case .endOfInput: shell.endInput()
        case .resize(let size): shell.resize(size)
        case .output, .errors, .note, .exit, .failure: break
        }
    }
}
