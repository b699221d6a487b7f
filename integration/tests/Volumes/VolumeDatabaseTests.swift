import Foundation
import TestSupport
import Testing

/// A database and the files it speaks of, as package managers have them.
@Suite struct `A database in a volume` {
    private func image(_ play: Playground) async throws {
        try await play.image(
            "sqlite",
            """
            mkdir -p usr/bin lib64
            cp "$(command -v sqlite3)" usr/bin/sqlite3
            for library in $(ldd usr/bin/sqlite3 | grep -o '/[^ ]*'); do
                mkdir -p ".$(dirname $library)"; cp -L $library ".$library"
            done
            """)
    }

    private let mounts = "[{volume: store, paths: [/store, /db]}]"

    /// Says whether the database is whole, and that every row has its file and every file its row.
    private let check = """
        [ -e /db/db.sqlite ] || exit 9
        sqlite3 /db/db.sqlite 'PRAGMA integrity_check;'
        sqlite3 /db/db.sqlite 'SELECT name FROM files ORDER BY name;' > /tmp/rows
        ls /store | sort > /tmp/files
        cmp /tmp/rows /tmp/files && echo agree
        """

    @Test(arguments: [8080] as [UInt64])
    func `is whole and agrees with the files, however often a step that writes both is killed`(
        seed: UInt64
    ) async throws {
        guard try await Playground.shell("command -v sqlite3 || true", in: "/").stdout != "" else {
            Issue.record("sqlite3 is not installed: make deps")
            return
        }
        try await Playground.open { play in
            try await image(play)
            let made = try await play.step(
                """
                sqlite3 /db/db.sqlite 'PRAGMA journal_mode=WAL; CREATE TABLE files (name TEXT PRIMARY KEY);'
                """, mounts: mounts, image: "sqlite")
            #expect(made.exitCode == 0, "\(made.stderr) \(made.log(of: "s")) \(made.errorDetail(of: "s"))")
            var random = SplitMix(seed: seed)
            var passed = 0
            for round in 0..<200 {
                // One in eight comes to its end.
                let end = round % 8 == 7
                let delay = Double.random(in: 0...0.15, using: &random)
                let run = try await play.step(
                    check + "\n" + """
                        \(end ? "" : "( sleep \(delay); kill -9 $$ ) &")
                        i=0
                        while [ $i -lt \(end ? 3 : 1_000_000) ]; do
                            i=$((i+1)); n=r\(round)-$i
                            echo $n > /store/$n
                            sqlite3 /db/db.sqlite "INSERT INTO files VALUES ('$n');" || exit 1
                        done
                        exit 0
                        """, mounts: mounts, image: "sqlite")
                #expect(
                    run.log(of: "s").hasPrefix("ok\nagree\n"),
                    "seed \(seed), round \(round): \(run.log(of: "s")) \(run.stderr)")
                #expect(
                    run.status(of: "s") == (end ? "passed" : "failed"), "seed \(seed), round \(round)")
                if run.status(of: "s") == "passed" { passed += 1 }
            }
            let last = try await play.step(
                check + "\nwc -l < /tmp/rows", mounts: mounts, image: "sqlite")
            #expect(last.log(of: "s") == "ok\nagree\n\(passed * 3)\n")
        }
    }
}
