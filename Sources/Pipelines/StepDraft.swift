import Model

/// A step as read, with the places its names come from, before anything is known of the other steps.
struct StepDraft: Sendable {
    var specification: StepSpecification
    /// Where the key stands.
    var keyCursor: DocumentCursor
    /// Where other steps are named: the one it builds in, and those it waits for.
    var references: [Reference]
    /// Where the step names an image of its own.
    var ownImage: DocumentPath?

    struct Reference: Sendable {
        var key: StepKey
        var cursor: DocumentCursor
    }
}

extension DocumentCursor {
    func stepKey() throws(Failure) -> StepKey {
        let text = try text("a step key")
        guard let key = StepKey(text) else {
            throw failure(
                "\(found) is no step key",
                fix: "use 1 to 200 bytes of printable characters without ‘/’, which separates run and step")
        }
        return key
    }
}
