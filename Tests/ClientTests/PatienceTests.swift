import Model
import Testing

@testable import Client

@Suite struct `The client's patience` {
    @Test func `has no end with an export of a volume, which is merged before it is answered`() throws {
        let name = try ResourceName("npm", kind: "volume")
        #expect(VarveClient.exportRequest(name, of: "w", version: nil).patience == nil)
    }
}
