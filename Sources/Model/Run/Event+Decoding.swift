package import JSON

extension Event {
    /// Nil for an unknown kind, or where a member is missing or has an unknown value. Unknown members are
    /// ignored.
    package init?(json: JSONValue) {
        guard let sequence = json["seq"]?.integer,
            let name = json["kind"]?.string.flatMap(Kind.Name.init(rawValue:)),
            let time = json["ts"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let kind = Kind(name, json)
        else { return nil }
        self.init(sequence: sequence, time: time, kind: kind)
    }
}

extension Event.Kind {
    fileprivate init?(_ name: Name, _ json: JSONValue) {
        switch name {
        case .buildStart: self.init(buildStart: json)
        case .stepQueued:
            guard let step = json.step else { return nil }
            self = .stepQueued(step: step, parent: json["parent"]?.string.flatMap { StepKey($0) })
        case .stepCacheHit:
            guard let step = json.step, let snapshot = json["snapshot"]?.string,
                let identity = json["identity"]?.string.flatMap({ Digest(hex: $0) })
            else { return nil }
            self = .stepCacheHit(step: step, snapshot: snapshot, identity: identity)
        case .imagePull:
            guard let image = json["image"]?.string, let bytes = json["bytes"]?.integer else { return nil }
            self = .imagePull(image: image, bytes: bytes, total: json["total"]?.integer)
        case .stepStart:
            guard let step = json.step, let reason = json["reason"].flatMap(MissReason.init(json:)) else {
                return nil
            }
            self = .stepStart(step: step, image: json["image"]?.string, reason: reason)
        case .stepLog:
            guard let step = json.step, let line = Event.LogLine(json: json) else { return nil }
            self = .stepLog(step: step, line: line)
        case .stepVolume:
            guard let volume = Event.StepVolume(json: json) else { return nil }
            self = .stepVolume(volume)
        case .stepEnd:
            guard let end = Event.StepEnd(json: json) else { return nil }
            self = .stepEnd(end)
        case .warning:
            guard let code = json["code"]?.string, let detail = json["detail"]?.string else { return nil }
            self = .warning(code: code, detail: detail)
        case .buildEnd: self.init(buildEnd: json)
        }
    }

    private init?(buildStart json: JSONValue) {
        guard let run = json["run_id"]?.string, let count = json["plan"]?["step_count"]?.integer else {
            return nil
        }
        self = .buildStart(run: run, revision: json["revision"]?.string, stepCount: Int(count))
    }

    private init?(buildEnd json: JSONValue) {
        guard let status = json["status"]?.string.flatMap(RunStatus.init(rawValue:)),
            let exitCode = json["exit_code"]?.integer, let milliseconds = json["duration_ms"]?.integer,
            let executed = json["executed"]?.integer, let hits = json["cache_hits"]?.integer
        else { return nil }
        self = .buildEnd(
            status: status, exitCode: Int(exitCode), milliseconds: milliseconds, executed: Int(executed),
            cacheHits: Int(hits))
    }
}

extension Event.LogLine {
    fileprivate init?(json: JSONValue) {
        guard let stream = json["stream"]?.string.flatMap(Stream.init(rawValue:)) else { return nil }
        let isPartial = json["partial"]?.bool ?? false
        if let line = json["line"]?.string {
            self.init(stream: stream, bytes: Array(line.utf8), isPartial: isPartial)
        } else if let bytes = json["line_base64"]?.string.flatMap(Base64.decode) {
            self.init(stream: stream, bytes: bytes, isPartial: isPartial)
        } else {
            return nil
        }
    }
}

extension Event.StepVolume {
    fileprivate init?(json: JSONValue) {
        guard let step = json.step, let volume = json["volume"]?.string,
            let action = json["action"]?.string.flatMap(Action.init(rawValue:))
        else { return nil }
        self.init(
            step: step, volume: volume, action: action, version: json["version"]?.string,
            key: json["key"]?.string, detail: json["detail"]?.string ?? "")
    }
}

extension Event.StepEnd {
    fileprivate init?(json: JSONValue) {
        guard let step = json.step, let status = json["status"]?.string.flatMap(StepStatus.init(rawValue:))
        else {
            return nil
        }
        self.init(
            step: step, status: status, exitCode: json["exit_code"]?.integer.map(Int.init),
            milliseconds: json["duration_ms"]?.integer ?? 0, snapshot: json["snapshot"]?.string,
            error: json["error"].flatMap(Failure.init(json:)))
    }
}

extension Failure {
    /// A code this build does not know becomes `internal`, with the code in the detail.
    fileprivate init?(json: JSONValue) {
        guard let code = json["code"]?.string, let detail = json["detail"]?.string else { return nil }
        let fix = json["fix"]?.string ?? ""
        if let known = FailureCode(rawValue: code) {
            self.init(known, detail, fix: fix)
        } else {
            self.init(.internalError, "\(code): \(detail)", fix: fix)
        }
    }
}

extension MissReason {
    fileprivate init?(json: JSONValue) {
        guard let code = json["code"]?.string.flatMap(Code.init(rawValue:)) else { return nil }
        self.init(code, json["detail"]?.string ?? "")
    }
}

extension JSONValue {
    fileprivate var step: StepKey? { self["step"]?.string.flatMap { StepKey($0) } }
}
