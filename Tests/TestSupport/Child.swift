import Glibc
import Linux
import SystemPackage

/// A child process running a shell script, talked to by lines; killed and reaped at the end of its life.
package struct Child: ~Copyable {
    private let pid: pid_t
    private let input: Descriptor
    private let output: Descriptor

    package init(_ arguments: [String]) throws {
        var toChild: [CInt] = [-1, -1]
        var fromChild: [CInt] = [-1, -1]
        // SAFETY: each array has room for two descriptors.
        guard unsafe pipe(&toChild) == 0, unsafe pipe(&fromChild) == 0 else {
            throw Errno(rawValue: Glibc.errno)
        }
        for raw in toChild + fromChild { _ = fcntl(raw, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        var pid = pid_t()
        // SAFETY: everything passed outlives the call; the copies of the arguments are freed after it.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe copies.append(nil)
        let error = unsafe posix_spawnp(&pid, arguments[0], &actions, nil, copies, environ)
        unsafe copies.forEach { unsafe free($0) }
        unsafe posix_spawn_file_actions_destroy(&actions)
        close(toChild[0])
        close(fromChild[1])
        let input = Descriptor(adopting: toChild[1])
        let output = Descriptor(adopting: fromChild[0])
        if error != 0 { throw Errno(rawValue: error) }
        self.input = input
        self.output = output
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
    }

    /// The child's next line, waited for; what it has said of one when it ends before that line does. An interpreter may
    /// write a line in several pieces.
    package func waitForLine() throws -> String {
        var line: [UInt8] = []
        while line.count < 4096, let byte = try output.read(upTo: 1).first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    package func send(_ line: String) throws { try input.writeAll(Array((line + "\n").utf8)) }

    /// Ends the child and waits for it.
    package consuming func end() {}
}
