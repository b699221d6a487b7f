import API
import Model
import Testing

@Suite struct RouteTests {
    @Test func `a name is one percent-encoded segment`() throws {
        let name = try ResourceName("team/app@1:2", kind: "image")
        #expect(Route.image(name: name).path == "/v1/images/team%2Fapp%401%3A2")
        #expect(Route.createRevision(workspace: name).path == "/v1/workspaces/team%2Fapp%401%3A2/revisions")
        #expect(PercentEncoding.decode("team%2Fapp%401%3a2") == "team/app@1:2")
    }

    @Test func `text from a user cannot leave its segment`() {
        #expect(Route.run(id: "../images?x#y").path == "/v1/runs/..%2Fimages%3Fx%23y")
    }

    @Test(arguments: ["%", "%2", "%zz", "%ff"])
    func `broken percent-encoding is no text`(_ text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }

    @Test func `no two endpoints share a method and a template`() {
        let entries = Endpoint.allCases.map { $0.method.rawValue + " " + $0.template }
        #expect(Set(entries).count == Endpoint.allCases.count)
    }

    @Test func `a query survives encoding`() throws {
        var query = Query()
        query.add(.path, "a b&c=d/é")
        query.add(.view, "delta")
        query.add(.revision, nil)
        #expect(query.text == "?path=a%20b%26c%3Dd%2F%C3%A9&view=delta")
        let read = try Query(parsing: String(query.text.dropFirst()), allowed: [.path, .view])
        #expect(read == query)
    }

    @Test(arguments: ["afer=1", "after=1&after=2", "after=%f"])
    func `a query that cannot be meant is refused`(_ text: String) {
        #expect(throws: Failure.self) { try Query(parsing: text, allowed: [.after]) }
    }

    @Test(arguments: ["+1", "01", "1.0", "1e0", "٣", "", "-0", "0x1"])
    func `an integer of a query is written as JSON writes it`(_ text: String) throws {
        var query = Query()
        query.add(.limit, text)
        #expect(throws: Failure.self) { try query.integer(.limit, in: -1...1000) }
    }

    @Test func `integers and flags of a query are checked`() throws {
        let query = try Query(parsing: "limit=0&follow=no&recursive", allowed: [.limit, .follow, .recursive])
        #expect(throws: Failure.self) { try query.integer(.limit, in: 1...1000) }
        #expect(throws: Failure.self) { try query.flag(.follow) }
        #expect(try query.flag(.recursive))
        #expect(try query.flag(.after, absent: true))
    }

    @Test func `a failure survives the way through a problem`() throws {
        for code in FailureCode.allCases {
            let failure = Failure(code, "what happened to ‘x’", fix: "do this")
            let bytes = try JSONCoding.encode(Wire.Problem(failure))
            let problem = try JSONCoding.decode(Wire.Problem.self, from: bytes, unknownMembers: .ignored)
            #expect(problem.failure == failure)
            #expect(problem.status == code.status.rawValue)
        }
    }

    @Test func `exit statuses are those of the command line`() {
        #expect(FailureCode.pipelineInvalid.exitStatus == 7)
        #expect(FailureCode.unreachable.exitStatus == 4)
        #expect(FailureCode.notFound.exitStatus == 5)
    }
}
