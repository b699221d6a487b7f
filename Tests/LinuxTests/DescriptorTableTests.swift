import Linux
import TestSupport
import Testing

@Suite struct `The table of open files` {
    @Test func `has room for as many as were asked for before they are opened`() throws {
        try DescriptorTable.prepare(for: 2048)
        let size = try OwnProcess.field("FDSize:\t").flatMap { Int($0) }
        let files = try OwnProcess.field("Max open files", of: "limits") ?? ""
        let values = files.split(separator: " ").filter { $0.allSatisfy(\.isNumber) }
        #expect(values.count == 2 && values.first == values.last, "\(files)")
        let hard = try #require(values.last.flatMap { Int($0) })
        #expect(try #require(size) >= min(2048, hard))
    }
}
