/// Returns as soon as a condition holds that somebody else brings about; looked at again every few milliseconds.
///
/// For what has no event to wait for. Also for what another test of this process may put off: its child holds every
/// descriptor, and so every mount and lock, from its fork to its exec.
///
/// - Parameter what: what is waited for, as it is said when it never comes.
/// - Throws: `NeverCame` after `patience`, and whatever the condition throws.
package func eventually(
    _ what: String, within patience: Duration = .seconds(120), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(what: what, patience: patience) }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A test waited for something in vain.
package struct NeverCame: Error, CustomStringConvertible {
    let what: String
    let patience: Duration

    package var description: String { "waited \(patience) in vain: \(what)" }
}
