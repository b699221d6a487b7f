import Model

/// Which members of Harmont IR change what a step means: what Varve can't honour is refused, the rest may be
/// ignored.
enum HarmontMembers {
    /// Refuses what would be lost without a word, and notes other members that Varve doesn't use.
    static func check(
        _ mapping: DocumentMapping, known: Set<String>, what: String, _ notices: inout NoticeBoard
    ) throws(Failure) {
        for name in mapping.names where !known.contains(name) {
            if let remedy = refused[name] {
                guard mapping[name] == nil else {
                    throw mapping.failure(atName: name, "‘\(name)’ is not supported", fix: remedy)
                }
            } else {
                notices.post(
                    "‘\(DocumentPath.abridged(name))’ in \(what) is not used by Varve and ignored",
                    at: mapping.cursor.path)
            }
        }
    }

    private static let refused = [
        "secrets": "remove it, and hand secrets to steps with ‘--pass NAME’",
        "action": "write the step as a command with ‘cmd’",
        "eval": "render the pipeline with a harmont that writes ‘cmd’ for every step",
    ]
}
