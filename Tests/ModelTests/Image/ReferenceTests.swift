import Model
import Testing

struct ReferenceTests {
    @Test(arguments: [
        ("ubuntu", "docker.io/library/ubuntu:latest"), ("ubuntu:24.04", "docker.io/library/ubuntu:24.04"),
        ("docker.io/ubuntu", "docker.io/library/ubuntu:latest"), ("user/app", "docker.io/user/app:latest"),
        ("index.docker.io/library/a:b", "docker.io/library/a:b"),
        ("ghcr.io/a/b/c:V1.2_x-y", "ghcr.io/a/b/c:V1.2_x-y"),
        ("localhost/x", "localhost/x:latest"), ("localhost:5000/x:y", "localhost:5000/x:y"),
        ("host:5/x", "host:5/x:latest"),
        ("[::1]:5000/a", "[::1]:5000/a:latest"), ("a__b/c--d.e", "docker.io/a__b/c--d.e:latest"),
        (
            "r.io/x:t@sha256:\(String(repeating: "Ab", count: 32))",
            "r.io/x@sha256:\(String(repeating: "ab", count: 32))"
        ),
    ])
    func `a short name stands for a full one`(text: String, full: String) throws {
        #expect(try RegistryReference(text).description == full)
    }

    @Test(arguments: [
        "", ":tag", "Ubuntu", "a//b", "/a", "a/", "a:", "a:-x", "a b", "a@sha256:12", "a@md5:1", "a..b",
        "a___b", "-a",
        "ho_st.io/a", "host:99999/a", "a:\(String(repeating: "x", count: 129))",
        "r.io/\(String(repeating: "x", count: 256))",
        "--option", "a\nb", "host.io:/x",
    ])
    func `what is no reference is refused`(text: String) {
        let failure = #expect(throws: Failure.self) { _ = try RegistryReference(text) }
        #expect(failure?.code == .badName)
    }

    @Test func `only registries on this machine are loopback`() throws {
        for text in ["localhost/a", "localhost:5000/a", "127.0.0.1:5000/a", "127.8.9.1/a", "[::1]:5/a"] {
            #expect(try RegistryReference(text).isLoopback)
        }
        for text in [
            "ubuntu", "localhost.example.com/a", "128.0.0.1/a", "127.0.0.1.example.com/a", "1.127.0.1/a",
        ] {
            #expect(try !RegistryReference(text).isLoopback)
        }
    }

    @Test func `a source is told by how it begins`() throws {
        #expect(try ImageSource("-") == .stream)
        #expect(try ImageSource("/srv/root") == .directory(path: "/srv/root"))
        #expect(try ImageSource("./a:b") == .directory(path: "./a:b"))
        #expect(try ImageSource("oci:/x") == .ociLayout(path: "/x", tag: nil))
        #expect(try ImageSource("oci:x:docker.io/a:1") == .ociLayout(path: "x", tag: "docker.io/a:1"))
        #expect(try ImageSource("docker-archive:a.tar") == .dockerArchive(path: "a.tar"))
        #expect(try ImageSource("docker://a:1") == .registry(RegistryReference("a:1")))
    }

    @Test(arguments: ["", "oci:", "oci::tag", "docker-archive:", "docker-daemon:x", "https://x", "dir:/x"])
    func `a source of another kind is refused`(text: String) {
        let failure = #expect(throws: Failure.self) { _ = try ImageSource(text) }
        #expect(failure?.code == .badRequest)
    }

    @Test(arguments: [
        "-", "/srv/root", "oci:/x", "oci:/x:docker.io/a:1", "docker-archive:a.tar",
        "docker://docker.io/library/a:1",
    ])
    func `a source is written as it is read`(text: String) throws {
        #expect(try ImageSource(text).description == text)
    }
}
