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

    @Test(arguments: [
        ("16", "192536", "the daemon needs two", "max_user_instances"),
        ("128", "1024", "341 steps", "max_user_watches"),
    ])
    func `warns of limits of inotify that are soon used up`(
        instances: String, watches: String, says: String, remedy: String
    ) async throws {
        try await ScratchFolder.with { folder in
            func write(_ limit: String, to name: String) throws {
                try Data("\(limit)\n".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            try write(instances, to: "max_user_instances")
            try write(watches, to: "max_user_watches")
            let finding = try #require(await InotifyCheck(folder: folder).findings().first)
            #expect(finding.status == .warning)
            #expect(finding.detail.contains(says))
            #expect(finding.fix?.contains("fs.inotify.\(remedy)=") == true)
            try write("128", to: "max_user_instances")
            try write("192536", to: "max_user_watches")
            #expect(await InotifyCheck(folder: folder).findings().map(\.status) == [.ok])
        }
    }
}
