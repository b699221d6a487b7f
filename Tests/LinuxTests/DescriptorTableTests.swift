import Linux
import Testing

@Suite struct `The table of open files` {
    @Test func `has room for as many as were asked for before they are opened`() throws {
        try DescriptorTable.prepare(for: 2048)
        let status = String(
            decoding: try Descriptor.openFile("/proc/self/status").readAll(limit: 1 << 16), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("FDSize:") }
        let size = line?.split(separator: "\t").last.flatMap { Int($0) }
        let limits = String(
            decoding: try Descriptor.openFile("/proc/self/limits").readAll(limit: 1 << 16), as: UTF8.self)
        let files = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        let values = files?.split(separator: " ").filter { $0.allSatisfy(\.isNumber) } ?? []
        #expect(values.count == 2 && values.first == values.last, "\(limits)")
        let hard = try #require(values.last.flatMap { Int($0) })
        #expect(try #require(size) >= min(2048, hard), "\(status)")
    }
}
