import API
import Client
import Glibc
import Model
import Pipelines

/// A pipeline that has been read and checked here, and what its document says.
struct PipelineSource: Sendable {
    let text: String
    let pipeline: Pipeline
    private let directory: String

    /// - Throws: `UsageProblem`; `pipeline-invalid`.
    init(_ arguments: PipelineArguments) throws {
        directory = arguments.directory
        text = try PipelineFile(named: try arguments.chosenFile, in: directory).text
        pipeline = try PipelineReader(options: PipelineReader.Options(slug: arguments.slug)).read(text)
    }

    /// The step called `name`.
    ///
    /// - Throws: `UsageProblem`, naming the steps there are.
    func step(_ name: String) throws -> StepKey {
        if let key = StepKey(name), pipeline[key] != nil { return key }
        let known = pipeline.steps.prefix(20).map(\.key.text).joined(separator: ", ")
        throw UsageProblem("the pipeline has no step ‘\(name)’", fix: "name one of \(known)")
    }

    /// Takes the workspace in and puts the request together.
    func request(
        for arguments: PipelineArguments, client: VarveClient, attached: Bool
    ) async throws -> Wire.RunRequest {
        var request = Wire.RunRequest(
            pipeline: .text(text), options: try wireOptions(arguments, attached: attached))
        guard pipeline.steps.contains(where: \.needsRevision) else { return request }
        let path = try RealPath.of(directory)
        let name = try WorkspaceChoice.name(given: arguments.workspace, path: path)
        let revision = try await client.createRevision(of: name, Wire.RevisionRequest(path: path.text))
        for warning in revision.warnings ?? [] {
            try StandardStream.error.writeLine(HumanText.line(warning))
        }
        request.workspace = name.text
        request.revision = revision.digest
        request.options?.outputsPath = path.text
        return request
    }

    private func wireOptions(_ arguments: PipelineArguments, attached: Bool) throws -> Wire.RunOptions {
        let targets = try arguments.targets.map(step)
        let uncached = try arguments.noCacheFilter.map(step)
        let needed = targets.isEmpty ? pipeline.steps.map(\.key) : Array(pipeline.needed(for: Set(targets)))
        let names = Set(needed.flatMap { pipeline[$0]?.passEnvironment ?? [] })
        return Wire.RunOptions(
            pipeline: arguments.slug, targets: targets.isEmpty ? nil : targets, jobs: arguments.jobs,
            keepGoing: arguments.keepGoing ? true : nil,
            env: arguments.environment.isEmpty ? nil : try Assignments.environment(arguments.environment),
            passEnv: try Assignments.passed(arguments.passed, names: names, here: ProcessEnvironment.all),
            noCache: arguments.noCache ? .all : uncached.isEmpty ? nil : .steps(uncached),
            pull: arguments.pull ? true : nil,
            timeoutSeconds: arguments.timeout.map { ($0.span.milliseconds + 999) / 1000 },
            attached: attached, untrusted: arguments.untrusted ? true : nil,
            secrets: try SecretArguments.values(arguments.secrets, here: ProcessEnvironment.all))
    }
}
