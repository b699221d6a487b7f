import API
import Client
import Model

/// Writes the logs in a stream of events to standard output.
struct LogPrinter {
    let client: VarveClient
    let format: OutputFormat
    /// Nil where standard output is no terminal, and gets every byte as the step wrote it.
    let style: Style?
    /// The step whose output is shown as it is; nil for lines of all steps, each with its step's key.
    let step: StepKey?

    func print(_ request: VarveClient.EventRequest) async throws {
        try await client.events(request) { batch in
            var bytes: [UInt8] = []
            for line in batch {
                if format == .json {
                    bytes += line.bytes
                    bytes.append(UInt8(ascii: "\n"))
                } else if line.kind == .stepLog, case .stepLog(let step, let output)? = line.event?.kind {
                    append(output, of: step, to: &bytes)
                }
                guard line.kind == .stepCacheHit,
                    case .stepCacheHit(let step, let snapshot, _)? = line.event?.kind
                else { continue }
                try StandardStream.output.write(bytes)
                bytes = []
                try await printOrigin(of: step, snapshot)
            }
            try StandardStream.output.write(bytes)
        }
    }

    private func append(_ output: Event.LogLine, of step: StepKey, to bytes: inout [UInt8]) {
        if self.step == nil { bytes += Array("\(step): ".utf8) }
        if let style {
            bytes += Array(DisplayText.safe(output.bytes, colors: style.hasColor).utf8)
        } else {
            bytes += output.bytes
        }
        // A piece of a line is completed by the next one, unless other steps' lines come between.
        if self.step == nil || !output.isPartial { bytes.append(UInt8(ascii: "\n")) }
    }

    /// The log that a hit stands for.
    private func printOrigin(of step: StepKey, _ snapshot: String) async throws {
        do {
            let origin = try await client.snapshot(snapshot)
            try label(step, "a hit; this is the log of run \(origin.run), which made snapshot \(snapshot)")
            let request = VarveClient.EventRequest(
                run: origin.run, step: origin.step, follows: false, isKnown: true)
            try await client.events(request) { batch in
                var bytes: [UInt8] = []
                for line in batch where line.kind == .stepLog {
                    if format == .json {
                        bytes += Self.label(line.bytes, run: origin.run)
                        bytes.append(UInt8(ascii: "\n"))
                    } else if case .stepLog(_, let output)? = line.event?.kind {
                        append(output, of: step, to: &bytes)
                    }
                }
                try StandardStream.output.write(bytes)
            }
        } catch let failure as Failure where failure.code == .notFound {
            try label(step, "a hit on snapshot \(snapshot), whose log is not kept any more")
        }
    }

    /// The event with the run it comes from, where its own is not the one that was asked for.
    static func label(_ event: [UInt8], run: String) -> [UInt8] {
        Array("{\"from_run\":\"\(run)\",".utf8) + event.dropFirst()
    }

    private func label(_ step: StepKey, _ text: String) throws {
        guard format == .human else { return }
        try StandardStream.error.writeLine("\(step): \(text)")
    }
}
