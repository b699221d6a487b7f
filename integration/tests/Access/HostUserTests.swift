import Foundation
import Testing

/// A user of the host who has no business with Varve.
@Suite struct `An unprivileged user of the host` {
    private let outsider = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]

    private func tries(_ script: String) async throws -> Output {
        try await runProgram("setpriv", Array(outsider.dropFirst()) + ["sh", "-c", script])
    }

    @Test func `reaches neither a lease's tree, with its setuid programs, nor the store`() async throws {
        try await Playground.open(image: false) { play in
            try await play.shell("chmod 755 ..")
            let image = play.root + "/setuid"
            try await Busybox.makeRoot(image)
            try await play.shell("cp /usr/bin/id \(image)/bin/setuid-id; chmod 4755 \(image)/bin/setuid-id")
            let imported = try await play.varve(["image", "import", "busybox", image])
            #expect(imported.status == 0, "\(imported.stderr)")
            let leases = LeaseClient(play: play)
            try await leases.register()
            let lease = try await leases.lease("true")
            try #require(lease.status == 201, "\(lease.body)")
            let program = lease["rootfs"] + "/bin/setuid-id"
            // It is there, and would give root away.
            #expect(try await Playground.shell("stat -c '%a %u' \(program)", in: "/").lines == ["4755 0"])
            let outside = try await tries("\(image)/bin/setuid-id -u")
            #expect(
                outside.stdout == "0\n", "as a setuid program that can be reached does: \(outside.stderr)")
            for script in [
                "\(program) -u", "ls \(lease["rootfs"])", "ls \(lease["bundle"])",
                "cat \(lease["bundle"])/config.json", "ls \(play.store)", "ls \(play.store)/layers",
                "cat \(play.store)/catalog.sqlite",
            ] {
                let attempt = try await tries(script)
                #expect(attempt.status != 0 && attempt.stdout.isEmpty, "\(script): \(attempt.stdout)")
                #expect(attempt.stderr.contains("ermission denied"), "\(script): \(attempt.stderr)")
            }
            #expect(try await leases.discard(lease["id"]).status == 204)
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `is kept out of a store that was left open to all`() async throws {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            try await play.shell("chmod 755 .. && chmod 777 '\(play.store)'")
            try await play.daemon.start()
            #expect(try await play.shell("stat -c %a '\(play.store)'").stdout == "700\n")
            #expect(try await tries("ls '\(play.store)'").status != 0)
        }
    }
}
