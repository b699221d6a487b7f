import Foundation
import Images
import Linux
import Model
import TestSupport
import Testing

/// Pulls from a real registry on this machine, and from programs that stand in for skopeo where it fails.
struct RegistryTests {
    private let scratch: Scratch
    private let fixture: ImportFixture

    init() throws {
        scratch = try Scratch()
        fixture = try ImportFixture(below: scratch)
    }

    private func options(_ script: String) throws -> RegistryOptions {
        try scratch.write("skopeo", Array("#!/bin/bash\n\(script)\n".utf8))
        try scratch.shell("chmod 755 skopeo")
        var options = RegistryOptions()
        options.skopeo = scratch.path + "/skopeo"
        return options
    }

    @Test func `an image comes from a registry on this machine, once`() async throws {
        let layout = try LayoutBuilder(scratch)
        let layer = try layout.layer(packedBy: "gzip") {
            $0.file("f", String(repeating: "hello ", count: 10_000))
        }
        try layout.add(try layout.image([layer], configuration: ["Env": ["X=y"]]), tag: "t")
        let registry = try Registry(in: scratch)
        defer { registry.stop() }
        try scratch.shell(
            "skopeo copy -q --dest-tls-verify=false oci:layout:t docker://\(registry.address)/team/app:v1")
        let reference = try RegistryReference("\(registry.address)/team/app:v1")
        let first = try await fixture.importer.pull(reference)
        fixture.record(first)
        #expect(try fixture.listing(first.image).paths == ["f"])
        #expect(first.image.configuration.environment == ["X": "y"])
        #expect(fixture.progress.contains { $0.stage == .fetching && $0.bytes > 0 })
        #expect(try await fixture.importer.pull(reference).created == [])
        let missing = await failure {
            _ = try await fixture.importer.pull(RegistryReference("\(registry.address)/no:v1"))
        }
        #expect(missing?.code == .imagePullFailed)
        #expect(missing?.fix.contains("no such image") == true)
        #expect(try fixture.leftovers() == [])
    }

    @Test func `a registry that isn't there is said to be unreachable`() async throws {
        let reference = try RegistryReference("127.0.0.1:1/app:v1")
        let failure = await failure { _ = try await fixture.importer.pull(reference) }
        #expect(failure?.code == .imagePullFailed)
        #expect(failure?.detail.contains("refused") == true)
        #expect(failure?.fix.contains("varve image import 127.0.0.1:1/app:v1 docker-archive:FILE") == true)
    }

    @Test(arguments: [
        (
            #"level=fatal msg=\"initializing source: unauthorized: authentication required\""#,
            "skopeo login ghcr.io"
        ),
        (#"level=fatal msg=\"reading manifest: manifest unknown\""#, "check the name and the tag"),
        (#"level=fatal msg=\"toomanyrequests: You have reached your pull rate limit\""#, "wait"),
        (#"level=fatal msg=\"x509: certificate signed by unknown authority\""#, "certs.d/ghcr.io"),
        (#"level=fatal msg=\"Source image rejected: policy\""#, "policy.json"),
        (#"level=fatal msg=\"dial tcp: lookup ghcr.io: no such host\""#, "varve image import ghcr.io/a:1"),
    ])
    func `the remedy fits skopeo's last words, which are kept`(line: String, remedy: String) async throws {
        let options = try options("echo 'level=info msg=\"copying\"' >&2; echo \"\(line)\" >&2; exit 1")
        let failure = await failure {
            _ = try await fixture.importer.pull(RegistryReference("ghcr.io/a:1"), options)
        }
        #expect(failure?.code == .imagePullFailed)
        #expect(failure?.fix.contains(remedy) == true)
        let words = line.split(separator: "\\\"")[1]
        #expect(failure?.detail.hasSuffix(String(words)) == true)
    }

    @Test func `only a registry on this machine is spoken to without certificates`() async throws {
        for (name, isPlain) in [("localhost:5000/a:1", true), ("r.example.com/a:1", false)] {
            var options = try options("printf '%s\\n' \"$@\" > \(scratch.path)/arguments; exit 1")
            options.authenticationFile = "/auth.json"
            _ = await failure { _ = try await fixture.importer.pull(RegistryReference(name), options) }
            let arguments = String(decoding: try scratch.read("arguments"), as: UTF8.self)
                .split(separator: "\n").map(String.init)
            #expect(arguments.contains("--src-tls-verify=false") == isPlain)
            #expect(arguments.contains("docker://\(name)") && arguments.contains("/auth.json"))
        }
    }

    @Test func `a pull that is cancelled or takes too long ends, and so does the program`() async throws {
        let reference = try RegistryReference("ghcr.io/a:1")
        try scratch.shell("mkfifo started")
        var options = try options(
            "echo $$ > \(scratch.path)/pid; echo > \(scratch.path)/started; exec sleep 1000")
        options.timeout = .milliseconds(300)
        let late = await failure { _ = try await fixture.importer.pull(reference, options) }
        #expect(late?.code == .imagePullFailed && late?.detail.contains("in time") == true)
        try scratch.shell("! kill -0 $(cat pid) 2>/dev/null")
        options.timeout = .seconds(100)
        let importer = fixture.importer
        let task = Task { [options] in try await importer.pull(reference, options) }
        try scratch.shell("cat started")
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        try scratch.shell("! kill -0 $(cat pid) 2>/dev/null")
        #expect(try fixture.leftovers() == [])
    }

    @Test func `a machine without skopeo is told how to get it`() async throws {
        var options = RegistryOptions()
        options.skopeo = scratch.path + "/missing"
        let failure = await failure {
            _ = try await fixture.importer.pull(RegistryReference("ghcr.io/a:1"), options)
        }
        #expect(failure?.fix.contains("apt-get install skopeo") == true)
    }
}

/// Debian's registry on a free port of this machine.
private final class Registry {
    let address: String
    private let process = Process()

    init(in scratch: Scratch) throws {
        let port = try scratch.shell(
            "python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'"
        ).trimmingCharacters(in: .whitespacesAndNewlines)
        address = "127.0.0.1:\(port)"
        try scratch.write(
            "registry.yml",
            Array(
                """
                version: 0.1
                log: {level: info, accesslog: {disabled: true}}
                storage: {filesystem: {rootdirectory: \(scratch.path)/registry}}
                http: {addr: \(address)}
                """.utf8))
        process.executableURL = URL(fileURLWithPath: "/usr/bin/docker-registry")
        process.arguments = ["serve", scratch.path + "/registry.yml"]
        process.standardOutput = FileHandle.nullDevice
        let log = Pipe()
        process.standardError = log
        try process.run()
        var said = ""
        while !said.contains("listening on") {
            let more = log.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Scratch.ShellError(text: said) }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
