import Foundation
import Model
import Testing

@testable import varve

@Suite struct `An image's source on the command line` {
    @Test func `goes to the daemon with its path made absolute and its tag as it is`() async throws {
        try await ScratchFolder.with { folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link", withDestinationPath: ".")
            let real = try RealPath.of(folder).text
            for (written, sent) in [
                ("\(folder)/link", real), ("oci:\(folder)/link", "oci:\(real)"),
                ("oci:\(folder)/link:alpine:3.19", "oci:\(real):alpine:3.19"),
                ("oci:\(folder)/link:docker.io/a:1", "oci:\(real):docker.io/a:1"),
                ("docker-archive:\(folder)/link", "docker-archive:\(real)"),
            ] {
                #expect(try ImageSource(argument: written).absolute().description == sent)
            }
        }
    }

    @Test func `is refused where its real path would be taken for a path and a tag`() async throws {
        try await ScratchFolder.with { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/a:b", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link", withDestinationPath: "a:b")
            let source = try ImageSource(argument: "oci:\(folder)/link")
            #expect(throws: UsageProblem.self) { try source.absolute() }
        }
    }

    @Test(arguments: ["", "oci:", "docker-daemon:x", "/no/such/place", "oci:/no/such/place:t"])
    func `that is none is wrong usage`(_ text: String) {
        #expect(throws: UsageProblem.self) { try ImageSource(argument: text).absolute() }
    }

    @Test func `that names a registry's image needs nothing here`() throws {
        #expect(
            try ImageSource(argument: "docker://alpine:3.19").absolute().description
                == "docker://docker.io/library/alpine:3.19")
    }
}
