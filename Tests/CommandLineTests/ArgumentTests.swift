import ArgumentParser
import Model
import Testing

@testable import varve

@Suite struct ArgumentTests {
    private func parse<Command: ParsableCommand>(_ type: Command.Type, _ arguments: [String]) throws
        -> Command
    {
        try #require(try Varve.parseAsRoot(arguments) as? Command)
    }

    @Test(arguments: [
        ["--socket", "/s", "--format", "json", "--no-color", "runs"],
        ["runs", "--socket", "/s", "--format", "json", "--no-color"],
        ["--socket", "/s", "runs", "--format=json", "--no-color"],
    ])
    func `global options stand before or after the subcommand`(_ arguments: [String]) throws {
        let command = try parse(RunsCommand.self, arguments)
        #expect(command.global.socket == "/s")
        #expect(command.global.format == .json)
        #expect(command.global.noColor)
    }

    @Test func `global options reach a subcommand's subcommand`() throws {
        let command = try parse(
            ImageListCommand.self, ["--socket", "/s", "image", "list", "--format", "json"])
        #expect(command.global.socket == "/s")
        #expect(command.global.format == .json)
    }

    @Test func `run takes every option of its table`() throws {
        let command = try parse(
            RunCommand.self,
            [
                "run", "-f", "p.yaml", "-d", "/src", "--workspace", "w", "-p", "ci", "--target", "a",
                "--target", "b",
                "-j", "4", "-k", "-e", "A=1", "-e", "B=x=y", "--pass", "T", "--pass", "U=v",
                "--no-cache-filter", "a",
                "--pull", "--logs", "--timeout", "1h30m", "--detach", "--untrusted",
            ])
        let pipeline = command.pipeline
        #expect(try pipeline.chosenFile == "p.yaml")
        #expect(pipeline.directory == "/src")
        #expect(pipeline.workspace == "w")
        #expect(pipeline.slug == "ci")
        #expect(pipeline.targets == ["a", "b"])
        #expect(pipeline.jobs == 4)
        #expect(pipeline.keepGoing && pipeline.pull && pipeline.untrusted)
        #expect(pipeline.environment == ["A=1", "B=x=y"])
        #expect(pipeline.passed == ["T", "U=v"])
        #expect(pipeline.noCacheFilter == ["a"])
        #expect(pipeline.timeout?.span == TimeSpan("1h30m"))
        #expect(pipeline.logs && pipeline.detach)
    }

    @Test func `plan and explain take what run takes`() throws {
        let arguments = ["--no-cache", "--no-cache-filter", "a", "--logs", "--timeout", "500ms", "--detach"]
        let run = try parse(RunCommand.self, ["run"] + arguments).pipeline
        #expect(run.noCache && run.timeout?.span == TimeSpan(milliseconds: 500))
        #expect(try parse(PlanCommand.self, ["plan"] + arguments).pipeline.timeout?.span == run.timeout?.span)
        #expect(try parse(ExplainCommand.self, ["explain", "a"] + arguments).options.noCacheFilter == ["a"])
    }

    @Test func `the file may be an argument, and a dash is standard input`() throws {
        #expect(try parse(RunCommand.self, ["run", "ci.json"]).pipeline.chosenFile == "ci.json")
        #expect(try parse(RunCommand.self, ["run", "-"]).pipeline.chosenFile == "-")
        #expect(try parse(RunCommand.self, ["run"]).pipeline.chosenFile == nil)
        #expect(throws: UsageProblem.self) {
            try parse(RunCommand.self, ["run", "a", "-f", "b"]).pipeline.chosenFile
        }
    }

    @Test(arguments: [
        ["run", "--frob"], ["run", "-j", "0"], ["run", "--timeout", "5"],
        ["run", "--timeout", "0ms"],
        ["frob"], ["image", "import", "x"], ["logs"], ["snapshot", "list", "--limit", "0"],
        ["runs", "--limit", "5000"],
        ["runs", "--status", "melted"],
    ])
    func `wrong usage ends with status 2 and a remedy`(_ arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { try Varve.parseAsRoot(arguments) }
        let end = ProgramEnd(error)
        #expect(end.status == 2)
        #expect(end.complaint?.hasPrefix("error[usage]: ") == true)
        #expect(end.complaint?.contains("\n  fix: ") == true)
        #expect(end.output == nil)
    }

    @Test(arguments: [("900ms", 1), ("1500ms", 2), ("7d", 604_800), ("0s", 0)] as [(String, Int64)])
    func `prune removes nothing that is younger than was said`(_ written: String, _ seconds: Int64) throws {
        let command = try parse(PruneCommand.self, ["prune", "--older-than", written])
        #expect(command.olderThanSeconds == seconds)
    }

    @Test func `a time without a unit is refused with an example`() throws {
        let error = try #require(throws: (any Error).self) {
            try Varve.parseAsRoot(["run", "--timeout", "5"])
        }
        let complaint = try #require(ProgramEnd(error).complaint)
        #expect(complaint.contains("‘--timeout") || complaint.contains("--timeout"))
        #expect(complaint.contains("90s"))
    }

    @Test func `help is an answer, not an error`() throws {
        var command = try Varve.parseAsRoot(["run", "--help"])
        let error = try #require(throws: (any Error).self) { try command.run() }
        let end = ProgramEnd(error)
        #expect(end.status == 0)
        #expect(end.output?.contains("--no-cache-filter") == true)
        #expect(end.complaint == nil)
    }

    @Test func `help on a command is that command's`() throws {
        for words in [["help", "image", "import"], ["image", "import", "--help"]] {
            var command = try Varve.parseAsRoot(words)
            let error = try #require(throws: (any Error).self) { try command.run() }
            let end = ProgramEnd(error)
            #expect(end.status == 0 && end.output?.contains("varve image import") == true, "\(words)")
        }
    }

    @Test(arguments: [["help", "bogus"], ["help", "image", "bogus"], ["help", "run", "bogus"]])
    func `help on no command is wrong usage, and says which there are`(_ arguments: [String]) throws {
        var command = try Varve.parseAsRoot(arguments)
        let error = try #require(throws: (any Error).self) { try command.run() }
        let end = ProgramEnd(error)
        #expect(end.status == 2 && end.output == nil)
        let complaint = try #require(end.complaint)
        #expect(complaint.hasPrefix("error[usage]: ") && complaint.contains(" bogus’\n  fix: "))
        switch arguments[1] {
        case "bogus": #expect(complaint.contains("run, plan, explain") && !complaint.contains("help,"))
        case "image": #expect(complaint.contains("import, list, rm"))
        default: #expect(complaint.hasSuffix("see ‘varve run --help’"))
        }
    }

    @Test(
        arguments: [
            (FailureCode.unreachable, 4), (.pipelineInvalid, 7), (.notFound, 5), (.storageFull, 5),
        ] as [(FailureCode, Int32)])
    func `a failure decides the exit status and is printed with its remedy`(
        _ code: FailureCode, _ status: Int32
    ) {
        let end = ProgramEnd(Failure(code, "what happened", fix: "what to do"))
        #expect(end.status == status)
        #expect(end.complaint == "error[\(code.rawValue)]: what happened\n  fix: what to do")
    }

    @Test func `an error that nobody has put into words is not the user's`() {
        struct Unforeseen: Error {}
        let end = ProgramEnd(Unforeseen())
        #expect(end.status == 5)
        #expect(end.complaint?.hasPrefix("error[internal]: Unforeseen") == true)
        #expect(end.complaint?.contains("\n  fix: ") == true)
    }

    @Test func `assignments keep everything after the first sign`() throws {
        #expect(try Assignments.environment(["A=1", "B=x=y", "C="]) == ["A": "1", "B": "x=y", "C": ""])
        for wrong in ["A", "=1", ""] {
            #expect(throws: UsageProblem.self) { try Assignments.environment([wrong]) }
        }
    }

    @Test func `passed variables take the given value, else the one here`() throws {
        let here = ["TOKEN": "t", "EMPTY": "", "OTHER": "o"]
        #expect(
            try Assignments.passed(["X=1", "OTHER"], names: ["TOKEN", "EMPTY"], here: here)
                == ["TOKEN": "t", "EMPTY": "", "OTHER": "o", "X": "1"])
        #expect(try Assignments.passed([], names: [], here: here) == nil)
    }

    @Test(arguments: [(["T"], []), ([], ["T"])] as [([String], Set<String>)])
    func `a variable to be passed that is not set makes the pipeline invalid`(
        _ arguments: [String], _ names: Set<String>
    ) throws {
        let failure = try #require(throws: Failure.self) {
            try Assignments.passed(arguments, names: names, here: [:])
        }
        #expect(failure.code == .pipelineInvalid)
        #expect(failure.detail.contains("T "))
        #expect(failure.fix.contains("--pass T=VALUE"))
    }

    @Test func `a step is named with or without its run`() throws {
        #expect(StepReference(argument: "test")?.run == nil)
        let reference = try #require(StepReference(argument: "0123/test unit"))
        #expect(reference.run == "0123")
        #expect(reference.key.text == "test unit")
        #expect(StepReference(argument: "a/b/c") == nil)
        #expect(StepReference(argument: "/b") == nil)
    }
}
