import Foundation
import Logging
import Model
import Testing

@testable import Engine

@Suite struct `A configuration that can't run a step` {
    @Test func `makes no store`() async throws {
        let root = "/var/tmp/varve-unfit-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let settings: [WritableKeyPath<EngineConfiguration, String>] = [
            \.runtime, \.networkHelper, \.seccompProfile,
        ]
        for setting in settings {
            var unfit = EngineConfiguration(
                storePath: root + "/store", runtimeDirectory: RuntimeDirectory(root + "/run"))
            unfit[keyPath: setting] = "/nonexistent"
            let configuration = unfit
            let failure = await #expect(throws: Failure.self) {
                _ = try await Engine.open(configuration, logger: Logger(label: "test"))
            }
            #expect(failure?.code == .runtimeMissing || failure?.code == .configurationInvalid)
            #expect(!FileManager.default.fileExists(atPath: root))
        }
    }
}
