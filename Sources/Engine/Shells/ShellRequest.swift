package import Model

/// What a shell is asked for.
package struct ShellRequest: Sendable, Hashable {
    package var place: Place
    /// Nil for a shell that reads from a pipe.
    package var terminal: TerminalSize?
    /// The terminal's type (`TERM`), for a step that declares none.
    package var terminalType: String

    package enum Place: Sendable, Hashable {
        /// What a step left behind, on the revision it was made on.
        case snapshot(String)
        /// What a run's step left behind, on the run's revision; of one that failed, what it stood on.
        case step(run: String, StepKey)
    }

    package init(place: Place, terminal: TerminalSize?, terminalType: String = "xterm") {
        self.place = place
        self.terminal = terminal
        self.terminalType = terminalType
    }
}

/// How a shell ended.
package enum ShellEnd: Sendable, Hashable {
    /// By itself, or by a signal: 128 and its number.
    case exited(Int32)
    case failed(Failure)
}
