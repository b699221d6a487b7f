import API
import Client
import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// What `varve run` says goes to somebody who has stopped reading, as `less` does.
@Suite struct `A run whose output stands still` {
    @Test(arguments: [SIGINT, SIGTERM]) func `is cancelled by the first signal all the same`(
        signal: Int32
    ) async throws {
        try await Playground.open { play in
            // More than a pipe has room for.
            try play.write(
                "varve.yaml",
                """
                version: 1
                image: busybox
                steps:
                  - {key: talk, run: 'seq 40000; echo over; sleep 600', network: none}
                """)
            let output = Pipe()
            let client = try start(play, output)
            defer { if client.isRunning { kill(client.processIdentifier, SIGKILL) } }
            var id = ""
            try await eventually("a run") {
                id = try await play.client.runs().items.first?.id ?? ""
                return !id.isEmpty
            }
            try await eventually("all that it says") {
                try await play.request("GET", "/v1/runs/\(id)/events?follow=false&after=40000").stdout
                    .contains(#""line":"over""#)
            }
            // The client has had time for all of it, and nobody has read any.
            try await Task.sleep(for: .seconds(1))
            kill(client.processIdentifier, signal)
            try await eventually("the run's end") {
                try await play.client.run(id).status == .cancelled
            }
            #expect(client.isRunning, "it waits for who reads its output")
            let text = String(
                decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            await client.ended()
            #expect(client.terminationReason == .exit && client.terminationStatus == 130)
            #expect(text.contains("talk: 40000\n") && text.contains("talk: over\n"))
        }
    }

    private func start(_ play: Playground, _ output: Pipe) throws -> Process {
        let client = Process()
        client.executableURL = URL(fileURLWithPath: Programs.varve)
        client.arguments = ["run"]
        client.currentDirectoryURL = URL(fileURLWithPath: play.project)
        client.environment = ProcessInfo.processInfo.environment.merging(["VARVE_SOCKET": play.socket]) { $1 }
        client.standardInput = FileHandle.nullDevice
        client.standardOutput = output
        client.standardError = FileHandle.nullDevice
        try client.run()
        return client
    }
}
