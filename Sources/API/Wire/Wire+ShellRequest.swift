package import Model

extension Wire {
    /// The body of `POST /v1/shells`: a snapshot, or a run and one of its steps.
    package struct ShellRequest: Codable, Hashable, Sendable {
        package var snapshot: String?
        package var run: String?
        package var step: StepKey?
        /// Nil for a shell that reads from a pipe.
        package var terminal: Terminal?

        package struct Terminal: Codable, Hashable, Sendable {
            package var rows: UInt16
            package var columns: UInt16
            /// `TERM`; nil for `xterm`.
            package var type: String?

            package init(rows: UInt16, columns: UInt16, type: String? = nil) {
                self.rows = rows
                self.columns = columns
                self.type = type
            }
        }

        package init(
            snapshot: String? = nil, run: String? = nil, step: StepKey? = nil, terminal: Terminal? = nil
        ) {
            self.snapshot = snapshot
            self.run = run
            self.step = step
            self.terminal = terminal
        }
    }
}
