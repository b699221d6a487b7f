import Foundation

/// A folder of a test's own, gone when the test is over.
enum ScratchFolder {
    static func with(_ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "varve-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}
