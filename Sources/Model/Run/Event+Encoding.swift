/// An event as one line of JSON: the form in which it is kept in a run's file and sent to every reader.
///
/// Members that do not apply are `null`, except `error`, `partial` and one of `line` and `line_base64`, which
/// are left out.
extension Event {
    /// Appends the event and a newline. A log line of 100 bytes costs well below a microsecond.
    package func appendJSONLine(to buffer: inout [UInt8]) {
        kind.appendJSONLine(to: &buffer, sequence: sequence, time: Array(time.rfc3339.utf8))
    }

    /// The event and a newline.
    package var jsonLine: [UInt8] {
        var buffer: [UInt8] = []
        appendJSONLine(to: &buffer)
        return buffer
    }
}

extension Event.Kind {
    /// As `Event.appendJSONLine(to:)`, with the time in RFC 3339: many lines of a log have the same.
    package func appendJSONLine(to buffer: inout [UInt8], sequence: Int64, time: [UInt8]) {
        var line = EventLineWriter(buffer: buffer)
        buffer = []
        line.begin(sequence: sequence, kind: name.rawValue, time: time)
        appendMembers(to: &line)
        line.end()
        swap(&buffer, &line.buffer)
    }

    /// The step the event is about; nil for events of the whole run.
    package var step: StepKey? {
        switch self {
        case .stepQueued(let step, _), .stepCacheHit(let step, _, _), .stepStart(let step, _, _),
            .stepLog(let step, _):
            step
        case .stepVolume(let volume): volume.step
        case .stepEnd(let end): end.step
        case .buildStart, .imagePull, .warning, .buildEnd: nil
        }
    }

    fileprivate func appendMembers(to line: inout EventLineWriter) {
        switch self {
        case .buildStart(let run, let revision, let stepCount):
            line.add("run_id", run)
            line.add("revision", revision)
            line.open("plan")
            line.add("step_count", Int64(stepCount))
            line.close()
        case .stepQueued(let step, let parent):
            line.add("step", step.text)
            line.add("parent", parent?.text)
        case .stepCacheHit(let step, let snapshot, let identity):
            line.add("step", step.text)
            line.add("snapshot", snapshot)
            line.add("identity", identity.hex)
        case .imagePull(let image, let bytes, let total):
            line.add("image", image)
            line.add("bytes", bytes)
            line.add("total", total)
        case .stepStart(let step, let image, let reason):
            line.add("step", step.text)
            line.add("image", image)
            line.open("reason")
            line.add("code", reason.code.rawValue)
            line.add("detail", reason.detail)
            line.close()
        case .stepLog(let step, let output):
            line.add("step", step.text)
            line.add(output)
        case .stepVolume(let volume):
            line.add("step", volume.step.text)
            line.add("volume", volume.volume)
            line.add("action", volume.action.rawValue)
            line.add("version", volume.version)
            line.add("key", volume.key)
            line.add("detail", volume.detail)
        case .stepEnd(let end):
            line.add(end)
        case .warning(let code, let detail):
            line.add("code", code)
            line.add("detail", detail)
        case .buildEnd(let status, let exitCode, let milliseconds, let executed, let cacheHits):
            line.add("status", status.rawValue)
            line.add("exit_code", Int64(exitCode))
            line.add("duration_ms", milliseconds)
            line.add("executed", Int64(executed))
            line.add("cache_hits", Int64(cacheHits))
        }
    }
}

extension EventLineWriter {
    fileprivate mutating func add(_ output: Event.LogLine) {
        add("stream", output.stream.rawValue)
        add(line: output.bytes)
        if output.isPartial { add("partial", true) }
    }

    fileprivate mutating func add(_ end: Event.StepEnd) {
        add("step", end.step.text)
        add("status", end.status.rawValue)
        add("exit_code", end.exitCode.map(Int64.init))
        add("duration_ms", end.milliseconds)
        add("snapshot", end.snapshot)
        guard let error = end.error else { return }
        open("error")
        add("code", error.code.rawValue)
        add("detail", error.detail)
        add("fix", error.fix)
        close()
    }
}
