import Glibc
import Model
import Testing

@testable import varve

@Suite struct PipelineFileTests {
    /// Runs `body` in a directory of its own.
    private func inDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/varve-file-XXXXXX".utf8CString)
        // SAFETY: the template is NUL-terminated and lives across the call.
        let path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
        defer { removeTree(path) }
        try body(path)
    }

    @Test func `varve yaml comes before varve json`() throws {
        try inDirectory { directory in
            try write("j", to: directory + "/varve.json")
            #expect(try PipelineFile(named: nil, in: directory).text == "j")
            try write("y", to: directory + "/varve.yaml")
            #expect(try PipelineFile(named: nil, in: directory).text == "y")
        }
    }

    @Test(arguments: ["ci", "build-all", "Deploy_2"])
    func `a missing file that looks like a slug is hinted at Harmont`(_ name: String) throws {
        let problem = try #require(throws: UsageProblem.self) { try PipelineFile(named: name, in: ".") }
        #expect(problem.fix.contains("hm render \(name) | varve run -"))
    }

    @Test(arguments: ["no.yaml", "no/such", "./ci"])
    func `another missing file is just missing`(_ name: String) throws {
        let problem = try #require(throws: UsageProblem.self) { try PipelineFile(named: name, in: ".") }
        #expect(problem.detail.contains(name))
        #expect(!problem.fix.contains("hm render"))
    }

    @Test func `a Harmont directory is rendered first`() throws {
        try inDirectory { directory in
            // SAFETY: the path is a C string for the time of the call.
            unsafe mkdir(directory + "/.hm", 0o755)
            for named in [nil, directory + "/.hm", directory + "/.hm/"] as [String?] {
                let problem = try #require(throws: UsageProblem.self) {
                    try PipelineFile(named: named, in: directory)
                }
                #expect(problem.fix == "hm render SLUG | varve run -")
            }
        }
    }

    @Test func `a directory is no pipeline`() throws {
        try inDirectory { directory in
            let problem = try #require(throws: UsageProblem.self) {
                try PipelineFile(named: directory, in: ".")
            }
            #expect(problem.detail.contains("is a directory"))
        }
    }

    @Test func `what is too large or no text is invalid, not read`() throws {
        try inDirectory { directory in
            try write(String(repeating: "#", count: 1 << 20), to: directory + "/fits")
            #expect(try PipelineFile(named: directory + "/fits", in: ".").text.utf8.count == 1 << 20)
            try write(String(repeating: "#", count: 1 << 20 | 1), to: directory + "/large")
            try writeBytes([0xff, 0xfe], to: directory + "/bytes")
            for name in ["/large", "/bytes"] {
                let failure = try #require(throws: Failure.self) {
                    try PipelineFile(named: directory + name, in: ".")
                }
                #expect(failure.code == .pipelineInvalid)
            }
        }
    }

    @Test func `a device that never ends is cut off`() throws {
        let failure = try #require(throws: Failure.self) { try PipelineFile(named: "/dev/zero", in: ".") }
        #expect(failure.code == .pipelineInvalid)
    }
}
