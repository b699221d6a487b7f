import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct LiveShellsTests {
    private func refusal(_ shells: LiveShells, _ owner: UInt32) -> FailureCode? {
        do throws(Failure) {
            _ = try shells.admit(for: Scope(owner: owner))
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `shells are bounded, in all and of one user, and room comes back`() throws {
        let shells = LiveShells(limit: 3, ofOneOwner: 2)
        let first = try shells.admit(for: Scope(owner: 1))
        #expect(refusal(shells, 1) == nil)
        #expect(refusal(shells, 1) == .tooMany)
        #expect(refusal(shells, 2) == nil)
        #expect(refusal(shells, 3) == .tooMany)
        shells.remove(first)
        #expect(refusal(shells, 1) == nil)
    }

    @Test func `none is opened once the daemon stops, which waits for those that are being opened`()
        async throws
    {
        let shells = LiveShells()
        let first = try shells.admit(for: Scope(owner: 1))
        async let ended: Void = shells.endAll()
        // Also where this fails, since the end is waited for.
        defer { shells.remove(first) }
        // Each that is still let in leaves at once.
        try await eventually("nobody is let in any more") {
            guard let other = try? shells.admit(for: Scope(owner: 1)) else { return true }
            shells.remove(other)
            return false
        }
        #expect(refusal(shells, 1) == .shuttingDown)
        shells.remove(first)
        await ended
    }
}
