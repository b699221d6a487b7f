package import Model

extension DocumentValue {
    /// Reads a text that is JSON or YAML.
    ///
    /// A text that begins with `{` or `[` is JSON if it can be, because YAML reads some JSON differently
    /// (`"\/"`, escaped surrogates); if not even YAML can make sense of it, what JSON says about it is
    /// reported.
    ///
    /// - Throws: `pipeline-invalid`.
    package init(text: String) throws(Failure) {
        guard text.utf8.count <= DocumentValue.mostBytes else {
            throw Failure(
                .pipelineInvalid, "the pipeline has \(text.utf8.count) bytes; at most 1 MiB is read",
                fix: "move long commands into scripts of the workspace")
        }
        var text = text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let first = text.utf8.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard let first else {
            throw Failure(
                .pipelineInvalid, "the pipeline is empty", fix: "write ‘version: 1’ and ‘steps:’ into it")
        }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            do { self = try YAMLDocument.read(text) } catch { throw error.failure }
            return
        }
        do {
            try self.init(json: Array(text.utf8))
        } catch  where error.kind == .syntax {
            guard let flow = try? YAMLDocument.read(text) else { throw error.failure }
            self = flow
        } catch {
            throw error.failure
        }
    }
}
