import Linux

/// The program that asks for rounds, at the other end of standard input and output.
struct Driver: ~Copyable {
    private let output: Descriptor

    init() throws { output = try Descriptor.openFile("/proc/self/fd/1", .writeOnly) }

    /// The next request; nil at the end.
    func listen() -> String? { readLine() }

    func say(_ line: String) throws { try output.writeAll(Array((line + "\n").utf8)) }

    /// Says how long `body` takes.
    func time<Result>(_ body: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        let result = try await body()
        try say(start.duration(to: .now))
        return result
    }

    func say(_ duration: Duration) throws {
        let (seconds, attoseconds) = duration.components
        try say("\(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)")
    }

    static func complain(_ text: String) {
        // If nobody reads it there is nobody to tell.
        try? Descriptor.openFile("/proc/self/fd/2", .writeOnly).writeAll(Array((text + "\n").utf8))
    }
}
