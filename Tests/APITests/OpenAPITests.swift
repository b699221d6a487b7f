import API
import JSON
import Linux
import Model
import SystemPackage
import Testing
import Yams

@Suite struct OpenAPITests {
    private let document: Node

    init() throws {
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent()
            .removingLastComponent()
        let path = sources.appending("docs").appending("openapi.yaml")
        let bytes = try Descriptor.openFile(path.string).readAll(limit: 1 << 20)
        document = try #require(try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)))
    }

    /// Follows `$ref`.
    private func resolve(_ node: Node) throws -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        var target = document
        for part in reference.split(separator: "/").dropFirst() {
            target = try #require(target[String(part)], "\(reference) leads nowhere")
        }
        return target
    }

    private func schema(_ name: String) throws -> Node {
        try #require(document["components"]?["schemas"]?[name], "there is no schema \(name)")
    }

    private func parameters(_ item: Node, _ operation: Node, in place: String) throws -> Set<String> {
        let listed = (item["parameters"]?.array() ?? []) + (operation["parameters"]?.array() ?? [])
        let resolved = try listed.map(resolve)
        return Set(resolved.filter { $0["in"]?.string == place }.compactMap { $0["name"]?.string })
    }

    @Test(arguments: Endpoint.allCases)
    func `every endpoint is described with its parameters`(_ endpoint: Endpoint) throws {
        let item = try #require(document["paths"]?[endpoint.template])
        let operation = try #require(item[endpoint.method.rawValue.lowercased()])
        #expect(operation["operationId"]?.string == endpoint.rawValue)
        #expect(try parameters(item, operation, in: "path") == Set(endpoint.parameters))
        #expect(
            try parameters(item, operation, in: "query") == Set(endpoint.queryParameters.map(\.rawValue)))
    }

    @Test(arguments: Endpoint.allCases)
    func `every endpoint's header fields and refusals are described`(_ endpoint: Endpoint) throws {
        let item = try #require(document["paths"]?[endpoint.template])
        let operation = try #require(item[endpoint.method.rawValue.lowercased()])
        let creating: Set<Endpoint> = [
            .importImage, .createRevision, .createRun, .prepareLease, .importVolume,
        ]
        let fields: Set<String> =
            creating.contains(endpoint)
            ? [HeaderName.idempotencyKey] : endpoint == .runEvents ? ["Last-Event-ID"] : []
        #expect(try parameters(item, operation, in: "header") == fields)
        var statuses: Set<String> = []
        for (status, answer) in try #require(operation["responses"]?.mapping) {
            let status = try #require(status.string)
            statuses.insert(status)
            guard !status.hasPrefix("1"), !status.hasPrefix("2") else { continue }
            #expect(answer["$ref"]?.string == "#/components/responses/Problem\(status)")
        }
        #expect(statuses.isSuperset(of: ["400", "429", "431", "500", "503"]))
        let archiving: Set<Endpoint> = [.snapshotFiles, .exportVolume]
        #expect(
            statuses.contains("413") == (operation["requestBody"] != nil || archiving.contains(endpoint)))
        #expect(!endpoint.queryParameters.contains(.scope) || statuses.contains("403"))
        #expect(!creating.contains(endpoint) || statuses.isSuperset(of: ["409", "422"]))
    }

    /// What no request is answered with.
    private static let unanswered: Set<FailureCode> = [
        .logLimit, .supervisorLost, .outOfMemory, .skipped, .cancelled, .timedOut, .storeLocked, .storeTooNew,
        .socketInUse, .notRoot, .configurationInvalid, .unreachable,
    ]

    @Test func `every code is described, at the answers it comes with`() throws {
        let code = try #require(try schema("Problem")["properties"]?["code"])
        #expect((code["enum"]?.array() ?? []).compactMap(\.string) == FailureCode.allCases.map(\.rawValue))
        let never = try #require(code["description"]?.string)
        let answers = try #require(document["components"]?["responses"]?.mapping)
        for failure in FailureCode.allCases {
            let word = "`\(failure.rawValue)`"
            let places = answers.filter { $0.value["description"]?.string?.contains(word) == true }
                .compactMap { $0.key.string }
            #expect(never.contains(word) == Self.unanswered.contains(failure), "\(word)")
            if Self.unanswered.contains(failure) {
                #expect(places.isEmpty, "\(word)")
            } else {
                let status = failure.status.rawValue
                #expect(places.contains("Problem\(status)"), "\(word)")
                // A head that is too long has a status of its own.
                #expect(places.count == (failure == .tooLarge ? 2 : 1), "\(word)")
            }
        }
    }

    @Test func `nothing is described that is not there`() throws {
        var described: Set<String> = []
        for (path, item) in try #require(document["paths"]?.mapping) {
            for (method, _) in try #require(item.mapping) where method.string != "parameters" {
                described.insert("\(method.string?.uppercased() ?? "") \(path.string ?? "")")
            }
        }
        #expect(described == Set(Endpoint.allCases.map { "\($0.method.rawValue) \($0.template)" }))
    }

    @Test func `closed lists of words are the same on both sides`() throws {
        func words(_ node: Node?) -> [String] { (node?["enum"]?.array() ?? []).compactMap(\.string) }
        #expect(words(try schema("RunStatus")) == RunStatus.allCases.map(\.rawValue))
        #expect(words(try schema("StepStatus")) == StepStatus.allCases.map(\.rawValue))
        #expect(words(try schema("FindingStatus")) == Wire.Finding.Status.allCases.map(\.rawValue))
        #expect(
            words(try schema("ImportProgress")["properties"]?["phase"])
                == Wire.ImportProgress.Phase.allCases.map(\.rawValue))
        #expect(
            words(try schema("Snapshot")["properties"]?["retention"])
                == Snapshot.Retention.allCases.map(\.rawValue))
        let change = try schema("Change")["properties"]
        #expect(words(change?["area"]) == Wire.Change.Area.allCases.map(\.rawValue))
        #expect(words(change?["kind"]) == Wire.Change.Kind.allCases.map(\.rawValue))
        #expect(
            words(try schema("Reason")["properties"]?["code"]) == MissReason.Code.allCases.map(\.rawValue))
        #expect(
            words(try schema("BuildEnd")["properties"]?["status"])
                == RunStatus.allCases.filter(\.isFinal).map(\.rawValue))
    }

    @Test func `every type has exactly the members of its schema`() throws {
        for sample in WireSamples.all {
            let properties = try #require(try schema(sample.schema)["properties"]?.mapping)
            let described = Set(properties.keys.compactMap(\.string))
            let full = try members(sample.full)
            #expect(full == described, "\(sample.schema)")
            let required = Set((try schema(sample.schema)["required"]?.array() ?? []).compactMap(\.string))
            #expect(try members(sample.least) == required, "\(sample.schema)")
        }
    }

    @Test func `every kind of event has exactly the members of its schema`() throws {
        for (name, kind) in try WireSamples.events() {
            let line = Event(sequence: 1, time: Timestamp(seconds: 0), kind: kind).jsonLine
            guard case .object(let written) = try JSONValue(parsing: line).content else {
                Issue.record("an event is an object")
                continue
            }
            let properties = try #require(try schema(name)["properties"]?.mapping)
            let described = Set(properties.keys.compactMap(\.string))
            let names = Set(written.map(\.name)).subtracting(["seq", "ts"])
            let optional: Set<String> = ["line", "line_base64", "partial", "error"]
            #expect(names.union(optional).intersection(described) == described, "\(name)")
            #expect(names.isSubset(of: described), "\(name)")
        }
    }

    private func members(_ value: any Encodable) throws -> Set<String> {
        guard case .object(let members) = try JSONValue(parsing: try JSONCoding.encode(value)).content else {
            return []
        }
        return Set(members.map(\.name))
    }
}
