import Testing

extension Playground {
    /// Runs the client on a terminal of its own, 60 columns wide, and as a shell would start it: with no signal
    /// blocked or ignored. Ctrl-C is typed once `trigger` has been seen.
    ///
    /// - Returns: what the terminal got, both streams in one.
    func varveOnTerminal(
        _ arguments: [String], environment: [String: String] = [:], interruptAt trigger: String? = nil
    ) async throws -> Output {
        try await runProgram(
            "python3", ["-c", driver, trigger ?? "", Programs.varve] + arguments, in: project,
            environment: ["VARVE_SOCKET": socket, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]
                .merging(environment) { $1 })
    }

    private var driver: String {
        """
        import fcntl, os, pty, select, signal, struct, sys, termios
        trigger, command = sys.argv[1].encode(), sys.argv[2:]
        child, terminal = pty.fork()
        if child == 0:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
            os.execv(command[0], command)
        output = b""
        while True:
            if not select.select([terminal], [], [], 60)[0]:
                os.kill(child, signal.SIGKILL)
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            output += piece
            if trigger and trigger in output:
                os.write(terminal, b"\\x03")
                trigger = b""
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.buffer.write(output)
        sys.exit(128 - status if status < 0 else status)
        """
    }
}
