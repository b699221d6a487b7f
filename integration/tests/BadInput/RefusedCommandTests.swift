import Testing

@Suite struct `A command that can't be carried out` {
    static let wrong: [[String]] = [
        ["run", "--no-such-option"], ["frobnicate"], ["run", "--jobs", "many"], ["run", "--timeout", "soon"],
        ["run", "-e", "NOVALUE"], ["image", "import"], ["explain"],
        ["run", "--format", "xml"], ["help", "frobnicate"],
    ]

    @Test(arguments: wrong) func `by its form ends with 2 and says how it is meant`(
        arguments: [String]
    ) async throws {
        let output = try await runProgram(
            Programs.varve, arguments, environment: ["VARVE_SOCKET": "/nonexistent/socket"])
        #expect(output.status == 2, "\(arguments): \(output.status) \(output.stderr)")
        #expect(!output.stderr.isEmpty)
    }

    @Test func `for want of a daemon ends with 4 and says how to start one`() async throws {
        for arguments in [["runs"], ["image", "list"], ["run", "-"], ["du"]] {
            let output = try await runProgram(
                Programs.varve, arguments, in: "/tmp",
                environment: ["VARVE_SOCKET": "/nonexistent/socket"],
                input: "version: 1\nsteps: [{key: a, run: 'true'}]")
            #expect(output.status == 4, "\(arguments): \(output.stderr)")
            #expect(output.stderr.contains("/nonexistent/socket") && output.stderr.contains("fix:"))
        }
    }

    @Test func `for want of permission on the socket ends with 4 and names the group`() async throws {
        try await Playground.open(image: false) { play in
            try await play.shell("chmod 755 ..; chmod 600 '\(play.socket)'")
            let output = try await runProgram(
                "setpriv",
                ["--reuid=12345", "--regid=12345", "--clear-groups", Programs.varve, "runs"],
                environment: ["VARVE_SOCKET": play.socket])
            #expect(output.status == 4, "\(output.stderr)")
            #expect(output.stderr.contains("group") && output.stderr.contains("fix:"), "\(output.stderr)")
        }
    }

    @Test func `on an unknown image, run or snapshot ends with 5 and names it`() async throws {
        try await Playground.open(image: false) { play in
            for arguments in [
                ["logs", "nosuchrun"], ["image", "rm", "nosuchimage"], ["snapshot", "inspect", "nosuch"],
                ["cp", "nosuchrun/step:/etc", "."], ["cancel", "nosuchrun"],
            ] {
                let output = try await play.varve(arguments)
                #expect(output.status == 5, "\(arguments): \(output.status) \(output.stderr)")
                #expect(output.stderr.contains("error["), "\(arguments): \(output.stderr)")
                #expect(output.stderr.contains("nosuch"), "\(arguments): \(output.stderr)")
            }
        }
    }

    @Test func `on an archive that is none ends with 2 and says which can't be read`() async throws {
        try await Playground.open(image: false) { play in
            let volume = try await play.varve(["volume", "import", "npm", play.project, "--no-workspace"])
            #expect(volume.status == 2 && volume.stderr.contains("‘\(play.project)’"), "\(volume.stderr)")
            let varve = "'\(Programs.varve)' --socket '\(play.socket)'"
            let image = try await Playground.shell("\(varve) image import x - < /", in: "/")
            #expect(image.status == 2 && image.stderr.contains("standard input"), "\(image.stderr)")
        }
    }

    @Test func `on a directory that is not there names it, and loses nothing`() async throws {
        try await Playground.open(image: false) { play in
            let output = try await play.varve(
                ["run", "-", "-d", "missing"], input: "version: 1\nsteps: [{key: a, run: 'true'}]")
            #expect(output.status == 5 || output.status == 2, "\(output.status) \(output.stderr)")
            #expect(output.stderr.contains("missing"), "\(output.stderr)")
        }
    }
}
