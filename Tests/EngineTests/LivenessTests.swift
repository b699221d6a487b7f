import Model
import TestSupport
import Testing

@testable import Engine

/// What the watchdog goes by: a daemon that says nothing for long enough is started again.
@Suite struct `An engine that is asked whether it works` {
    /// A process that has the catalog's one place for a writer until its end.
    private func writer(on catalog: String) throws -> Child {
        let script = """
            import sqlite3, sys
            catalog = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
            catalog.execute("BEGIN EXCLUSIVE")
            print("held", flush=True)
            sys.stdin.read()
            """
        let child = try Child(["python3", "-c", script, catalog])
        let said = try child.waitForLine()
        #expect(said == "held")
        return child
    }

    @Test func `says no while its catalog takes no changes, and yes again afterwards`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            try await engine.checkLiveness()
            // What it does by itself would wait for the writer too.
            await engine.upkeep.close()
            await engine.durability.flush()
            let writer = try writer(on: fixture.root + "/store/catalog.sqlite")
            let failure = await #expect(throws: Failure.self) { try await engine.checkLiveness() }
            #expect(failure?.code == .storageFailed, "\(String(describing: failure))")
            writer.end()
            try await engine.checkLiveness()
        }
    }
}
