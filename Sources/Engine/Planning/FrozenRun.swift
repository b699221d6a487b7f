import Images
import Layers
import Model

/// A request with its revision fixed: what every decision about its steps is made on.
struct FrozenRun: Sendable {
    let scope: Scope
    let pipeline: Pipeline
    let options: RunOptions
    let workspace: String?
    let ingest: Ingest?
    let revision: RevisionView?
    var places = StepPlaces.standard

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
            policyValues: step.cache.resolved(
                on: step.workspace == .none ? nil : revision?.manifest, clientKey: step.clientKey))
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
        options.passEnvironment.filter { name, _ in
            step.passEnvironment.contains(name)
                || !pipeline.steps.contains { $0.passEnvironment.contains(name) }
        }
    }

    /// The revision as far as this step may look at it.
    func revision(for step: StepSpecification) -> RevisionView? { step.workspace == .none ? nil : revision }
}
