import Images
import Layers
import Model

/// One revision of a workspace, as it was taken in.
struct FrozenSource: Sendable {
    let ingest: Ingest
    let view: RevisionView
}

extension Engine {
    /// Reads the ingest's manifest.
    func source(of ingest: Ingest) async throws(Failure) -> FrozenSource {
        let manifest = try await revisions.manifest(ingest.revision)
        return FrozenSource(
            ingest: ingest,
            view: RevisionView(manifest: manifest, ingest: ingest.number, ingested: ingest.ingested))
    }
}

/// A request with its revision fixed: what every decision about its steps is made on.
struct FrozenRun: Sendable {
    let scope: Scope
    let pipeline: Pipeline
    let options: RunOptions
    let workspace: String?
    /// Nil for a run without a workspace.
    let source: FrozenSource?
    /// Nil as `source`.
    let comparison: PatternComparison?
    var places = StepPlaces.standard
    /// Passed values that no step names, so that every step gets them.
    let unclaimedValues: [String: String]

    var ingest: Ingest? { source?.ingest }
    var revision: RevisionView? { source?.view }
    /// Of the steps' path patterns, as far as `Engine.preparePatterns` has compared them.
    var patterns: PatternDigests? { comparison?.digests }

    init(
        scope: Scope, pipeline: Pipeline, options: RunOptions, workspace: String?, source: FrozenSource?
    ) {
        self.scope = scope
        self.pipeline = pipeline
        self.options = options
        self.workspace = workspace
        self.source = source
        comparison = source.map { PatternComparison(with: $0.view.manifest) }
        let claimed = Set(pipeline.steps.lazy.flatMap(\.passEnvironment))
        unclaimedValues = options.passEnvironment.filter { !claimed.contains($0.key) }
    }

    /// What the step is looked up by, given what it stands on.
    func identity(
        of step: StepSpecification, on base: StepIdentity.Base, environmentKey: EnvironmentKey
    ) -> StepIdentity {
        let environment = environment(of: step)
        var identity = StepIdentity(
            scope: scope, workspace: workspace, base: base, command: step.command,
            environment: environment.reduce(into: [:]) { hashes, pair in
                hashes[pair.key] = environmentKey.hash(name: pair.key, value: pair.value)
            },
            workingDirectory: places.workingDirectory(for: step.workspace), user: step.user,
            network: step.network,
            platform: ImagePlatform.host.description, workspaceMode: step.workspace,
            workspaceTarget: places.workspace,
            mountPoints: places.others, policy: step.cache,
            policyValues: step.cache.resolved(on: patterns, clientKey: step.clientKey))
        if !step.mounts.isEmpty {
            identity.mounts = Dictionary(
                step.mounts.map(\.identity).map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        return identity
    }

    /// The declared environment: the image's and the defaults come below it, passed values above.
    func environment(of step: StepSpecification) -> [String: String] {
        step.environment.merging(options.environment) { _, override in override }
    }

    /// Passed values this step gets: those it names itself, and those that no step names.
    func passedEnvironment(of step: StepSpecification) -> [String: String] {
        var passed = unclaimedValues
        for name in step.passEnvironment { passed[name] = options.passEnvironment[name] }
        return passed
    }

    /// The revision as far as this step may look at it.
    func revision(for step: StepSpecification) -> RevisionView? { step.workspace == .none ? nil : revision }
}
