import Model
import Pipelines
import Testing

/// What a step mounts is read as it is meant, or refused at its place with a remedy.
@Suite struct VarveMountTests {
    private func step(_ mounts: String) throws -> StepSpecification {
        let text = """
            version: 1
            image: busybox
            steps:
              - key: a
                run: "true"
                env: {TAKEN: x}
                mounts: \(mounts)
            """
        return try #require(try PipelineReader().read(text).steps.first)
    }

    private func path(_ text: String) -> EntryPath { EntryPath(unchecked: Array(text.utf8)) }

    @Test func `volumes, secrets and directories in memory are read with all they can say`() throws {
        let mounts = try step(
            """
            [{volume: guix, paths: [/var/guix/db, /gnu/store/], key: "g-${{ hashFiles('ci/*') }}", restore_keys: [g-]},
             {volume: npm, path: /root/.npm, over: empty, write: union},
             {secret: npm-token, env: NPM_TOKEN}, {secret: key}, {tmpfs: /scratch, size: 2GiB}, {tmpfs: /t}]
            """
        ).mounts
        #expect(
            mounts == [
                .volume(
                    VolumeMount(
                        name: try ResourceName("guix", kind: "volume"),
                        targets: [path("gnu/store"), path("var/guix/db")],
                        key: try VolumeKey("g-${{ hashFiles('ci/*') }}"), restoreKeys: [try VolumeKey("g-")])),
                .volume(
                    VolumeMount(
                        name: try ResourceName("npm", kind: "volume"), targets: [path("root/.npm")],
                        over: .empty, write: .union)),
                .secret(SecretMount(name: "npm-token", variable: "NPM_TOKEN")),
                .secret(SecretMount(name: "key", variable: nil)),
                .temporary(TemporaryMount(target: path("scratch"), size: ByteSize(bytes: 2 << 30))),
                .temporary(TemporaryMount(target: path("t"), size: nil)),
            ])
        #expect(try step("[{volume: target, path: /workspace/target}]").mounts.count == 1)
    }

    @Test(arguments: [
        ("[{volume: a, path: cache}]", "‘cache’ is no absolute path"),
        ("[{volume: a, path: ~/.npm}]", "is no absolute path"),
        ("[{volume: a, path: /a/../b}]", "‘..’"),
        ("[{volume: a, path: /a//b}]", "empty part"),
        ("[{volume: a, path: /}]", "‘/’ itself"),
        ("[{volume: a, path: /proc/x}]", "/proc/x is in /proc"),
        ("[{volume: a, path: /sys}]", "/sys is in /sys"),
        ("[{volume: a, path: /etc}]", "would hide /etc/resolv.conf"),
        ("[{volume: a, path: /run}]", "would hide /run/secrets"),
        ("[{volume: a, path: /workspace}]", "would hide /workspace"),
        ("[{tmpfs: /dev/shm}]", "is in /dev"),
        ("[{volume: a, path: /x}, {volume: b, path: /x}]", "/x is a target of volume a and of volume b"),
        ("[{volume: a, path: /x/y}, {tmpfs: /x}]", "/x/y, a target of volume a, is inside /x"),
        ("[{volume: a, paths: [/x, /x/]}]", "/x is listed twice"),
        ("[{volume: a, path: /x}, {volume: a, path: /y}]", "volume a is mounted twice"),
        ("[{volume: a}]", "either ‘path’ or ‘paths’"),
        ("[{volume: a, path: /x, paths: [/y]}]", "either ‘path’ or ‘paths’"),
        ("[{volume: a, paths: []}]", "1 to 16 paths, not 0"),
        ("[{volume: 'a b', path: /x}]", "‘a b’ is no valid volume name"),
        ("[{volume: ../a, path: /x}]", "is no valid volume name"),
        ("[{volume: a, path: /x, over: host}]", "‘host’ is not known here"),
        ("[{volume: a, path: /x, write: all}]", "‘all’ is not known here"),
        ("[{volume: a, path: /x, restore_keys: [b]}]", "restore keys go with a ‘key’"),
        ("[{volume: a, path: /x, key: '${{ env.X }}'}]", "is no expression"),
        ("[{volume: a, path: /x, readonly: true}]", "a volume has no field ‘readonly’"),
        ("[{secret: .a}]", "‘.a’ is no name of a secret"),
        ("[{secret: a, env: TAKEN}]", "TAKEN of secret a has another value already"),
        ("[{secret: a, env: X}, {secret: b, env: X}]", "X of secret b has another value already"),
        ("[{tmpfs: /x, size: 2GB}]", "‘2GB’ is no size"),
        ("[{tmpfs: /x, volume: a}]", "a mount is one of volume and tmpfs"),
        ("[{bind: /x}]", "a mount is a volume, a secret or a tmpfs"),
        ("{volume: a}", "expected a list of mounts"),
    ])
    func `a mount that can't be is refused in words`(_ mounts: String, _ words: String) throws {
        let failure = #expect(throws: Failure.self) { try step(mounts) }
        #expect(failure?.code == .pipelineInvalid)
        #expect(failure?.detail.contains(words) == true, "\(failure?.detail ?? "")")
        #expect(failure?.detail.contains("steps[0].mounts") == true && failure?.fix.isEmpty == false)
    }

    @Test func `a key that is too long is refused, and too many mounts`() throws {
        let long = String(repeating: "k", count: 513)
        #expect(throws: Failure.self) { try step("[{volume: a, path: /x, key: \(long)}]") }
        let many = (0..<17).map { "{tmpfs: /t\($0)}" }.joined(separator: ", ")
        let failure = #expect(throws: Failure.self) { try step("[\(many)]") }
        #expect(failure?.detail.contains("17 mounts") == true)
    }

    @Test func `a restore key that ends inside a word is pointed out`() throws {
        let text = """
            version: 1
            image: busybox
            steps:
              - key: a
                run: "true"
                mounts: [{volume: n, path: /n, key: node-1-x, restore_keys: [node-1, node-]}]
            """
        let notices = try PipelineReader().read(text).notices
        #expect(notices.count == 1 && notices[0].contains("restore_keys[0]"), "\(notices)")
    }

    private func leased(_ mounts: String, workspace: String = "workspace") throws -> StepSpecification {
        try LeasedStepReader(defaultImage: "busybox").read(
            #"{"key": "a", "cmd": "true", "mounts": \#(mounts)}"#, workspace: path(workspace)
        ).step
    }

    @Test
    func `a leased step has volumes with what is to be run around its commit, and directories in memory`()
        throws
    {
        let mounts = try leased(
            #"""
            [{"tmpfs": "/x"},
             {"volume": "v", "path": "/workspace", "quiesce": {"before": "stop it", "after": "start it"}}]
            """#, workspace: "builds/one"
        ).mounts
        var volume = VolumeMount(
            name: try ResourceName("v", kind: "volume"), targets: [path("workspace")])
        volume.quiesce = VolumeMount.Quiesce(before: "stop it", after: "start it")
        #expect(mounts == [.temporary(TemporaryMount(target: path("x"), size: nil)), .volume(volume)])
    }

    @Test(arguments: [
        (#"[{"secret": "s"}]"#, "a leased step has no secrets, and secret s is one"),
        (#"[{"volume": "v", "path": "/builds"}]"#, "would hide /builds/one"),
        (#"[{"volume": "v", "path": "/v", "quiesce": {}}]"#, "‘quiesce’ has no command"),
        (#"[{"volume": "v", "path": "/v", "quiesce": {"stop": "x"}}]"#, "has no field ‘stop’"),
        (#"[{"volume": "v", "path": "/v", "quiesce": {"before": " "}}]"#, "the command is empty"),
    ])
    func `mounts of a leased step that can't be are refused in words`(_ mounts: String, _ words: String)
        throws
    {
        let failure = #expect(throws: Failure.self) { try leased(mounts, workspace: "builds/one") }
        #expect(failure?.detail.contains(words) == true, "\(failure?.detail ?? "")")
    }

    @Test
    func `names, targets and options of mounts are part of the identity, keys and sizes of limits are not`()
        throws
    {
        func identity(_ mounts: String) throws -> [String: String] {
            Dictionary(
                try step(mounts).mounts.map(\.identity).map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        let one = try identity("[{volume: a, path: /x, key: k}]")
        #expect(try identity("[{volume: a, path: /x, key: other, restore_keys: [k-]}]") == one)
        for other in [
            "[{volume: b, path: /x}]", "[{volume: a, path: /y}]", "[{volume: a, path: /x, over: empty}]",
            "[{volume: a, path: /x, write: union}]", "[{volume: a, paths: [/x, /y]}]",
        ] {
            #expect(try identity(other) != one, "\(other)")
        }
        #expect(try identity("[{tmpfs: /x}]") != identity("[{tmpfs: /x, size: 1MiB}]"))
        #expect(try identity("[{secret: s}]") != identity("[{secret: s, env: S}]"))
    }
}
