import API
import Foundation
import Testing

@testable import varve

@Suite struct `The doctor` {
    @Test func `looks for the runtime the daemon uses, not for any`() async throws {
        try await ScratchFolder.with { folder in
            let program = folder + "/runc"
            try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: program))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            for (host, isFound) in [
                (["runtime": "runc"], true), (["runtime": program], true),
                (["runtime": "no-such-runtime"], false), (["runtime": folder + "/crun"], false),
            ] {
                var check = try #require(ProgramCheck.all(for: host).first)
                check.searchPath = folder
                let finding = try #require(await check.findings().first)
                #expect(finding.status == (isFound ? .ok : .failed), "\(host) \(finding)")
            }
            #expect(ProgramCheck.all().first?.program == "crun")
        }
    }

    @Test func `warns of a limit of inotify instances that few steps use up`() async throws {
        try await ScratchFolder.with { folder in
            let file = folder + "/max_user_instances"
            try Data("128\n".utf8).write(to: URL(fileURLWithPath: file))
            let finding = try #require(await InotifyCheck(file: file).findings().first)
            #expect(finding.status == .warning)
            #expect(finding.detail.contains("128") && finding.detail.contains("42 steps"))
            #expect(finding.fix?.contains("fs.inotify.max_user_instances=") == true)
            try Data("1024\n".utf8).write(to: URL(fileURLWithPath: file))
            #expect(await InotifyCheck(file: file).findings().map(\.status) == [.ok])
        }
    }
}
