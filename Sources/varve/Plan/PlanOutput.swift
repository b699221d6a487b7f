import API

/// What `varve plan` writes, and to which stream.
///
/// Warnings are no part of the data in either format: who reads one step per line meets nothing else there.
struct PlanOutput {
    /// For standard output.
    let data: [UInt8]
    /// Lines for standard error.
    let warnings: [String]

    init(_ plan: Wire.Plan, as format: OutputFormat, _ view: PlanView) throws {
        data =
            switch format {
            case .json: try plan.steps.flatMap { try JSONOutput.line($0) }
            case .human: Array(view.lines(plan).map { $0 + "\n" }.joined().utf8)
            }
        warnings = plan.warnings.map { HumanText.line($0) }
    }
}
