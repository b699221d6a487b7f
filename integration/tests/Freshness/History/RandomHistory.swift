import Foundation
import TestSupport
import Testing

/// One random pipeline on one random project that is edited, and brought back to earlier states, between runs.
///
/// The oracle is the same pipeline with `--no-cache` on a workspace whose name was never used before: it looks
/// nothing up and shares nothing, and since a workspace's name is part of every identity and of the chain of
/// revisions, nothing the history made could serve it. It is a run from scratch on an empty store without the
/// start of a second daemon.
struct RandomHistory {
    let seed: UInt64
    /// Hits on a revision other than the one the run before had.
    private(set) var hits = 0
    /// Steps that were executed although their identity had a snapshot.
    private(set) var conflicts = 0
    private var random: SplitMix

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
    }

    mutating func play(_ kind: RandomPipeline.Kind, runs: Int, on play: Playground) async throws {
        let folder = play.root + "/history-\(seed)"
        let project = folder + "/workspace"
        try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: true)
        let pipeline = RandomPipeline(kind, using: &random)
        let document = try pipeline.document()
        var states: [SourceState] = []
        for number in 1...runs {
            let state = nextState(after: states)
            try state.write(to: project, over: states.last)
            let isChanged = state != states.last
            states.append(state)
            let cached = try await play.run(
                document, ["-k", "--workspace", "history-\(seed)"], in: project)
            let scratch = try await play.run(
                document, ["-k", "--no-cache", "--workspace", "scratch-\(seed)-\(number)"], in: project)
            let place = "seed \(seed), \(kind), run \(number)"
            try await compareSource(cached, in: folder, on: play, place)
            let isEqual = compare(cached, scratch, pipeline, place)
            #expect(isEqual, "\(place), pipeline: \(document)")
            // What follows a difference would only repeat it.
            guard isEqual else { return }
            for step in pipeline.steps {
                if cached.status(of: step.key) == "cache_hit", isChanged { hits += 1 }
                if cached.reason(of: step.key) == "workspace-conflict" { conflicts += 1 }
            }
        }
    }

    /// An edit of the newest state, or a state of before, as after a switch of branches.
    private mutating func nextState(after states: [SourceState]) -> SourceState {
        guard let newest = states.last else { return SourceState(using: &random) }
        if states.count > 1, random.chance(35) { return states.randomElement(using: &random) ?? newest }
        return newest.edited(using: &random)
    }

    /// What came in is what is there.
    private func compareSource(
        _ run: RunResult, in folder: String, on play: Playground, _ place: String
    ) async throws {
        let seen = WorkspaceView(run.log(of: RandomPipeline.sourceView)).ofWorkspace
        let script = "PATH=\(play.root)/busybox/bin; export PATH; \(WorkspaceView.hostScript)"
        let there = WorkspaceView(try await Playground.shell(script, in: folder).stdout)
        #expect(seen.differences(from: there) == [], "\(place), the source")
    }

    private func compare(
        _ cached: RunResult, _ scratch: RunResult, _ pipeline: RandomPipeline, _ place: String
    ) -> Bool {
        var isEqual = true
        for step in pipeline.steps {
            let view = RandomPipeline.view(of: step.key)
            for key in [step.key, view] {
                let (mine, theirs) = (cached.status(of: key), scratch.status(of: key))
                let isSame = (mine == "cache_hit" ? "passed" : mine) == theirs
                #expect(isSame, "\(place): \(key) is \(mine), from scratch \(theirs); \(cached.stderr)")
                isEqual = isEqual && isSame
            }
            let differences = WorkspaceView(cached.log(of: view)).differences(
                from: WorkspaceView(scratch.log(of: view)))
            #expect(
                differences == [],
                "\(place): behind \(step.key), \(cached.status(of: step.key)) \(cached.reason(of: step.key))")
            isEqual = isEqual && differences == []
        }
        return isEqual
    }
}
