package import Model

/// What a socket makes of those who call through it.
///
/// A socket that is bound to a scope is one tenant's: whoever calls through it, root included, is in that scope,
/// and no admin unless the role says so. Files are opened with the caller's own rights all the same.
package struct ListenerRule: Hashable, Sendable {
    /// Whose scope all callers are in; nil: everyone's is his own.
    package let scope: Scope?
    /// What all callers are; nil: root and members of an admin group are admins.
    package let role: CallerRole?

    /// - Parameter role: without one, callers in a given scope are users.
    package init(scope: Scope? = nil, role: CallerRole? = nil) {
        self.scope = scope
        self.role = role ?? (scope == nil ? nil : .user)
    }
}

/// What a caller may do beyond his own scope.
package enum CallerRole: String, CaseIterable, Hashable, Sendable {
    case user
    /// Sees all scopes, names others, writes shared image names, leases and prunes.
    case admin
}
