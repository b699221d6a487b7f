/// Somebody who works with a step's command, instead of a log that takes its output.
///
/// All descriptors are borrowed for the start; the caller closes his own copies after it, or he never sees the end of
/// a stream.
package struct StepInteraction: Sendable {
    /// The reading end of a pipe; the step is killed when nobody holds its writing end any more.
    package var tie: CInt
    package var kind: Kind

    package enum Kind: Sendable {
        /// What the command gets as its three streams.
        case streams(input: CInt, output: CInt, errors: CInt)
        /// A terminal: the Unix socket to which the runtime sends it. The process has to say its size.
        case console(path: String)
    }

    package init(tie: CInt, kind: Kind) {
        self.tie = tie
        self.kind = kind
    }
}
