import Catalog
import Model

extension Engine {
    /// Fixes the revision a request stands on, and checks that the request makes sense without running
    /// anything.
    ///
    /// - Throws: `workspace-missing`, `revision-gone`, `pipeline-invalid` for unknown targets, values that are not
    ///   passed, or a cache policy that looks at a revision where there is none.
    func freeze(_ request: RunRequest, for scope: Scope) async throws(Failure) -> FrozenRun {
        try check(request)
        let needsWorkspace = request.pipeline.steps.contains { $0.workspace != .none }
        guard let name = request.workspace else {
            try checkPolicies(of: request)
            guard !needsWorkspace else {
                throw Failure(
                    .workspaceMissing, "the pipeline's steps need a workspace and none is named",
                    fix: "name one, or set ‘workspace: none’ on every step")
            }
            let run = FrozenRun(
                scope: scope, pipeline: request.pipeline, options: request.options, workspace: nil,
                source: nil)
            try checkMounts(of: request, on: run.patterns)
            return run
        }
        let ingest = try await ingest(of: name, in: scope, revision: request.revision)
        let source = try await source(of: ingest)
        let run = FrozenRun(
            scope: scope, pipeline: request.pipeline, options: request.options, workspace: name.text,
            source: source)
        try await preparePatterns(of: request.wantedSteps, in: run)
        try checkMounts(of: request, on: run.patterns)
        return run
    }

    private func ingest(
        of name: ResourceName, in scope: Scope, revision: Digest?
    ) async throws(Failure) -> Ingest {
        if revision == nil, let ingest = try await catalog.latestIngest(of: name, in: scope) { return ingest }
        guard let workspace = try await catalog.findWorkspace(name, in: scope) else {
            throw Failure(
                .workspaceMissing, "there is no workspace \(name)",
                fix: "check its name, or register a revision of it first: "
                    + "POST /v1/workspaces/\(name)/revisions, or use ‘varve run’")
        }
        guard let revision else {
            throw Failure(
                .workspaceMissing, "workspace \(name) has no revision yet",
                fix: "register one first: POST /v1/workspaces/\(name)/revisions, or use ‘varve run’")
        }
        guard let ingest = try await catalog.ingest(of: workspace, revision: revision) else {
            throw Failure(
                .revisionGone, "workspace \(name) has no revision \(revision)",
                fix: "register the directory again and use the digest that answers")
        }
        return ingest
    }

    /// Without a revision, what a policy looks at would be the same for ever.
    private func checkPolicies(of request: RunRequest) throws(Failure) {
        for step in request.wantedSteps where step.workspace == .none && step.cache.needsRevision {
            throw Failure(
                .pipelineInvalid,
                "step ‘\(step.key)’, cache: \(step.cache.text) needs a workspace, and the run has none",
                fix: "name a workspace, or cache the step by something else: forever, or a ttl")
        }
    }

    /// What volumes and secrets of the steps that are to run ask for is there.
    private func checkMounts(of request: RunRequest, on revision: PatternDigests?) throws(Failure) {
        for step in request.wantedSteps {
            for mount in step.mounts {
                switch mount {
                case .secret(let secret):
                    guard request.options.secrets[secret.name] == nil else { continue }
                    throw Failure(
                        .pipelineInvalid,
                        "step ‘\(step.key)’ wants the secret \(secret.name), and it is not given",
                        fix: "give it with --secret \(secret.name)=env:VARIABLE or =file:PATH")
                case .volume(let volume):
                    for key in [volume.key].compactMap({ $0 }) + volume.restoreKeys {
                        try check(key, of: volume, in: step, on: revision)
                    }
                case .temporary: break
                }
            }
        }
    }

    private func check(
        _ key: VolumeKey, of volume: VolumeMount, in step: StepSpecification, on revision: PatternDigests?
    ) throws(Failure) {
        let place = "step ‘\(step.key)’, volume \(volume.name)"
        if key.needsRevision, revision == nil {
            throw Failure(
                .pipelineInvalid, "\(place): hashFiles needs a workspace, and the run has none",
                fix: "name a workspace, or write a key without hashFiles")
        }
        guard !key.resolved(on: revision).text.isEmpty else {
            throw Failure(
                .pipelineInvalid, "\(place): a key is empty, since its hashFiles matches nothing",
                fix: "put some text before it, or name files that are there")
        }
    }

    private func check(_ request: RunRequest) throws(Failure) {
        var named = request.options.targets
        if case .steps(let keys) = request.options.noCache { named += keys.sorted() }
        for key in named where request.pipeline[key] == nil {
            throw Failure(
                .pipelineInvalid, "the pipeline has no step ‘\(key)’",
                fix: "use one of: "
                    + request.pipeline.steps.prefix(20).map(\.key.text).joined(separator: ", "))
        }
        let passed = request.options.passEnvironment
        for step in request.wantedSteps {
            if let name = step.passEnvironment.first(where: { passed[$0] == nil }) {
                throw Failure(
                    .pipelineInvalid, "step ‘\(step.key)’ wants \(name) passed, and it is not set",
                    fix: "set \(name) in the environment, or pass it with --pass \(name)=VALUE")
            }
        }
    }
}
