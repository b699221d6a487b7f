/// What a path can name by an identifier of its own.
enum IdentifiedKind: String, Sendable {
    case run, snapshot, lease

    /// How the caller finds out what there is.
    var remedy: String {
        switch self {
        case .run: "list them: varve runs"
        case .snapshot: "list them: varve snapshot list"
        case .lease: "list them: GET /v1/leases?scope=all"
        }
    }
}
