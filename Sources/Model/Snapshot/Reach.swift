/// Whose things may be seen or touched: those of one scope, or everybody's.
///
/// Nobody gets one by leaving something out: to reach everywhere has to be said.
package enum Reach: Hashable, Sendable {
    case scope(Scope)
    case everywhere

    package func includes(_ scope: Scope) -> Bool {
        switch self {
        case .scope(let reached): scope == reached
        case .everywhere: true
        }
    }
}
