import Model
import Testing

struct ResourceNameTests {
    @Test(arguments: [
        "a", "ubuntu:24.04", "docker.io/library/alpine:3.20", "a@sha256:0123", "A_b-c.d", "...", "a..b",
        String(repeating: "x", count: 200),
    ])
    func `takes what images are called`(text: String) throws {
        #expect(try ResourceName(text, kind: "image").text == text)
    }

    @Test(arguments: [
        "", "a b", "a//b", "/a", "a/", "a/./b", "a/../b", ".", "..", "é", "a\u{0}", "a%2fb", "a+b", "a\nb",
        String(repeating: "x", count: 201),
    ])
    func `refuses what could escape or confuse`(text: String) throws {
        let failure = #expect(throws: Failure.self) { try ResourceName(text, kind: "image") }
        #expect(failure?.code == .badName)
        #expect(failure?.detail.contains("image name") == true)
        #expect(failure?.detail.unicodeScalars.contains("\u{0}") == false)
    }

    @Test func `a workspace is named after its directory, and told apart by its whole path`() throws {
        let name = try ResourceName.workspace(forDirectory: Array("/home/ann/my project".utf8))
        #expect(name.text.hasPrefix("my_project-"))
        #expect(name.text.utf8.count == "my_project-".utf8.count + 8)
        #expect(try ResourceName.workspace(forDirectory: Array("/srv/my project".utf8)) != name)
    }

    @Test func `a directory of any name has a valid workspace name`() throws {
        for path in [
            [], Array("/".utf8), Array("/..".utf8), [0x2F, 0xFF, 0x00],
            Array(("/" + String(repeating: "é", count: 200)).utf8),
        ] {
            #expect(try ResourceName.workspace(forDirectory: path).text.utf8.count <= 109)
        }
    }
}
