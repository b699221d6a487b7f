import ArgumentParser
import Model

/// What `run`, `plan` and `explain` take alike.
struct PipelineArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The pipeline as a file, or - for standard input (default: varve.yaml, else varve.json).",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String?

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("The same as the argument FILE.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var namedFile: String?

    @Option(
        name: [.customShort("d"), .customLong("directory")],
        help: ArgumentHelp("The workspace's directory.", valueName: "dir"), completion: .directory)
    var directory = "."

    @Option(
        help: ArgumentHelp(
            "The workspace's name (default: made from the directory's path).", valueName: "name"))
    var workspace: String?

    @Option(
        name: [.customShort("p"), .customLong("pipeline")],
        help: ArgumentHelp("Which of several pipelines in the document.", valueName: "slug"))
    var slug: String?

    @Option(
        name: .customLong("target"),
        help: ArgumentHelp("Only this step and what it waits for; repeatable.", valueName: "step"))
    var targets: [String] = []

    @Option(
        name: [.customShort("j"), .customLong("jobs")],
        help: ArgumentHelp("Steps at once at most.", valueName: "n"))
    var jobs: Int?

    @Flag(
        name: [.customShort("k"), .customLong("keep-going")],
        help: "After a failure go on with steps that don't depend on it.")
    var keepGoing = false

    @Option(
        name: [.customShort("e"), .customLong("env")],
        help: ArgumentHelp("Environment of every step, part of its identity; repeatable.", valueName: "k=v"))
    var environment: [String] = []

    @Option(
        name: .customLong("pass"),
        help: ArgumentHelp(
            "A variable for the processes alone, by default with the value it has here; repeatable.",
            valueName: "k[=v]"))
    var passed: [String] = []

    @Option(
        name: .customLong("secret"),
        help: ArgumentHelp(
            "The value of a secret that steps name, from a variable or a file here; repeatable.",
            valueName: "name=env:k|file:path"))
    var secrets: [String] = []

    @Flag(help: "Look for no snapshots.")
    var noCache = false

    @Option(help: ArgumentHelp("Look for no snapshots of this step; repeatable.", valueName: "step"))
    var noCacheFilter: [String] = []

    @Flag(help: "Pull images even if the store has them.")
    var pull = false

    @Option(
        help: ArgumentHelp("End the run after so long, such as 1h30m.", valueName: "duration"),
        transform: Duration.init(parsing:))
    var timeout: Duration?

    @Flag(help: "Treat the pipeline as not trusted.")
    var untrusted = false

    @Flag(help: "Show the output of every step, not only of those that fail.")
    var logs = false

    @Flag(help: "Print the run's id and leave; the run goes on without this command.")
    var detach = false

    /// A length of time as an argument.
    struct Duration {
        let span: TimeSpan

        init(parsing argument: String) throws {
            guard let span = TimeSpan(argument), span.milliseconds > 0 else {
                throw ValidationError("give a number above 0 with its unit, such as 90s or 1h30m")
            }
            self.span = span
        }
    }

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("-j takes a number from 1 upwards") }
    }

    /// - Throws: `UsageProblem` if two files are named.
    var chosenFile: String? {
        get throws {
            guard let file, let namedFile else { return file ?? namedFile }
            throw UsageProblem(
                "both ‘\(file)’ and ‘-f \(namedFile)’ name a pipeline", fix: "give one of them")
        }
    }

    /// Finds, reads and checks the pipeline.
    func source() throws -> PipelineSource { try PipelineSource(self) }
}
