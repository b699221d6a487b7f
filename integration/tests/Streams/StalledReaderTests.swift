import Foundation
import TestSupport
import Testing

/// Events of a run are there for whoever wants them, and cost nothing where nobody reads.
@Suite struct StalledReaderTests {
    private static let lines = 1_000_000
    private let pipeline = """
        version: 1
        image: busybox
        steps: [{key: noisy, run: 'seq \(lines)', workspace: none, network: none}]
        """

    @Test func `a hundred readers who never read hold up neither the run, nor others, nor the stop`()
        async throws
    {
        try await Playground.open { play in
            let started = try await play.varve(["run", "-", "--detach"], input: pipeline)
            try #require(started.status == 0, "\(started.stderr)")
            let id = started.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
            let stalled = try await readers(100, of: id, on: play.socket)
            async let whole = numbers(of: id, by: Self.reader, in: play)
            async let inPieces = numbers(of: id, by: Self.resumingReader, in: play)
            for _ in 0..<50 {
                #expect(try await play.request("GET", "/v1/info").status == 0)
            }
            // Start, queue, step's start, lines, step's end, end of all.
            let wanted = "\(Self.lines + 5) whole\n"
            #expect(try await whole == wanted)
            #expect(try await inPieces == wanted)
            let run = try await play.request("GET", "/v1/runs/\(id)")
            #expect(run.stdout.contains("\"passed\""), "\(run.stdout)")
            let most = try peakMegabytes(of: #require(play.daemon.pid))
            #expect(most <= 120, "\(most) MB")
            await play.daemon.stop()
            withExtendedLifetime(stalled) {}
        }
    }

    private func readers(_ count: Int, of run: String, on socket: String) async throws -> [RawConnection] {
        var readers: [RawConnection] = []
        for _ in 0..<count {
            let reader = try await RawConnection.open(socket)
            try await reader.send("GET /v1/runs/\(run)/events HTTP/1.1\r\nHost: varve\r\n\r\n")
            readers.append(reader)
        }
        return readers
    }

    private static let reader = "curl -sN --unix-socket \"$1\" \"$2\""

    /// Hangs up again and again, and goes on after the last event it has.
    private static let resumingReader = """
        seen=0
        while :; do
            curl -sN --unix-socket "$1" "$2?after=$seen" 2>/dev/null | head -n 170000 >"$3"
            got=$(wc -l <"$3")
            [ "$got" -gt 0 ] || break
            cat "$3"
            seen=$((seen + got))
        done
        """

    /// What a reader got: how many events, and whether they were 1, 2, 3 …
    private func numbers(of run: String, by reader: String, in play: Playground) async throws -> String {
        let script = """
            read_all() { \(reader)
            }
            read_all "$@" | awk -F '[:,]' '$2 != NR { bad = bad " " $2 } END { print NR, bad ? bad : "whole" }'
            """
        let output = try await runProgram(
            "/bin/sh",
            [
                "-ec", script, "sh", play.socket, "http://varve/v1/runs/\(run)/events",
                play.root + "/piece",
            ], in: "/")
        return output.stdout
    }

    private func peakMegabytes(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(separator: " ").dropFirst().first ?? "")) * 1024 / 1_000_000
    }
}
