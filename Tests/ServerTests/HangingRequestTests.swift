import Foundation
import Model
import TestSupport
import Testing

@testable import Engine

/// Directories of clients may lie on file systems that never answer.
@Suite struct `A request that waits for a directory which never answers` {
    @Test(.timeLimit(.minutes(2))) func `ends when its client leaves, and does not hold up the server's end`()
        async throws
    {
        try await ServerFixture.serve { fixture in
            let (place, asked) = (fixture.root + "/silent", fixture.root + "/asked")
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            let silence = try SilentFileSystem(on: place, noting: asked)
            let pipeline = #"version: 1\nimage: box\nsteps: [{key: a, run: 'true'}]"#
            let request = HTTPReply.request(
                "POST", "/v1/runs",
                body: #"{"pipeline": "\#(pipeline)", "options": {"outputs_path": "\#(place)/dist"}}"#)
            let work = fixture.engine.outputWork
            do {
                let leaving = try await RawConnection.open(fixture.socket)
                try await leaving.send(request)
                try await eventually("the file system is asked") {
                    FileManager.default.fileExists(atPath: asked)
                }
                withExtendedLifetime(leaving) {}
            }
            try await eventually("the request is given up") { work.left(of: .init(owner: 0)) == 1 }
            let staying = try await RawConnection.open(fixture.socket)
            try await staying.send(request)
            try await eventually("the second one waits, too") { work.underWay(of: .init(owner: 0)) == 2 }
            await fixture.stop()
            #expect(work.left(of: .init(owner: 0)) == 2)
            silence.end()
            try await eventually("nothing waits") { work.underWay(of: .init(owner: 0)) == 0 }
        }
    }
}
