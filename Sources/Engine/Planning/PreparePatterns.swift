import Archives
import Linux
import Model
import Synchronization

/// What path patterns come to on a run's revision, for all who decide about its steps.
final class PatternComparison: Sendable {
    private let state: Mutex<PatternDigests>

    init(with manifest: Manifest) { state = Mutex(PatternDigests(on: manifest)) }

    var digests: PatternDigests {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

extension Engine {
    /// Works out what the steps' path patterns come to on the run's revision, before anything is decided about them.
    ///
    /// What takes more than a moment is done on a thread of its own, for few requests at a time, and ends with the caller's
    /// task.
    ///
    /// - Throws: `cancelled`.
    func preparePatterns(of steps: [StepSpecification], in run: FrozenRun) async throws(Failure) {
        guard let comparison = run.comparison else { return }
        var digests = comparison.digests
        let lists = digests.unknown(of: Set(steps.flatMap(\.patternLists)))
        if lists.isEmpty { return }
        let comparisons = lists.reduce(0) { $0 + $1.count } * digests.manifest.entryCount
        if comparisons <= Self.briefComparisons {
            digests.prepare(lists, check: {})
        } else {
            digests = try await prepared(lists, digests, for: run.scope)
        }
        comparison.digests = digests
    }

    private func prepared(
        _ lists: Set<[PathGlob]>, _ digests: PatternDigests, for scope: Scope
    ) async throws(Failure) -> PatternDigests {
        do {
            return try await patternTurns.withTurn(of: scope) {
                try await cancellable(of: .background) { cancellation in
                    var digests = digests
                    try digests.prepare(lists, check: cancellation.check)
                    return digests
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "compare the steps' path patterns with the revision")
        }
    }

    /// Of a pattern with an entry, in some milliseconds.
    private static let briefComparisons = 100_000
}
