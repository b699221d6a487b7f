import API
import Client
import Foundation
import Model
import Testing

/// Leases on real mounts through the socket, against plain directories.
@Suite struct `A chain of leases` {
    @Test func `shows at every layer what the same edits leave in a plain directory, also after a restart`()
        async throws
    {
        try await LeaseChain.open { chain in
            try await chain.step(
                """
                mkdir -p play/new/deep workspace/gen; echo one > play/new/one; echo gen > workspace/gen/one
                chmod 4755 play/new/one; chown 1000:2000 play/new/one; ln play/new/one play/new/two
                ln -s ../one play/new/deep/link; setfattr -n user.a -v b play/new/one; mkfifo play/new/pipe
                """)
            try await chain.step(
                """
                echo more >> play/lower/file; echo edited > workspace/file; chmod 600 workspace/dir/sub/file
                rm play/new/two; setfattr -x user.a play/new/one; touch -d @77.000000001 play/new/one
                """)
            try await chain.step("rm -r workspace/dir play/new/deep; mv play/new/one workspace/moved")
            try await chain.step(
                "mkdir workspace/dir; echo again > workspace/dir/other; ln -sf nowhere play/lower/link")
            try await chain.expectEveryLayerAndAfterRestart()
        }
    }

    @Test func `keeps a directory made again empty, and a deleted file deleted, through further layers`()
        async throws
    {
        try await LeaseChain.open { chain in
            try await chain.step("rm -r play/lower workspace/dir; mkdir play/lower workspace/dir")
            try await chain.step("rm workspace/file")
            try await chain.step("true")
            try await chain.step("touch play/lower/new; echo x > workspace/dir/new")
            try await chain.step("mkdir play/lower/deep workspace/dir/sub")
            try await chain.expectEveryLayerAndAfterRestart()
        }
    }

    @Test func `renames over and of lower files, breaks links, changes owners, and sees same-size edits`()
        async throws
    {
        try await LeaseChain.open { chain in
            try await chain.step(
                """
                printf aaaa > play/same; printf aaaa > workspace/same; printf aaaa > workspace/dir/same
                mv workspace/file play/lower/file; mv play/lower/deep play/renamed
                """)
            try await chain.step(
                "printf bbbb > play/same; printf bbbb > workspace/same; printf bbbb > workspace/dir/same")
            try await chain.step("ln play/same play/third; mv workspace/dir workspace/renamed")
            try await chain.step("rm play/same; ln play/third play/fourth")
            try await chain.step("chown -hR 1234:4321 play workspace/renamed workspace/same")
            try await chain.step(
                "mv -T workspace/renamed/sub workspace/renamed/over; rmdir play/renamed || rm -r play/renamed"
            )
            try await chain.expectEveryLayerAndAfterRestart()
        }
    }

    @Test func `keeps sockets, open files, working directories and modes of lower directories as they are`()
        async throws
    {
        try await LeaseChain.open { chain in
            try await chain.step(
                """
                python3 -c 'import os, socket
                os.chdir("play")
                socket.socket(socket.AF_UNIX).bind("socket")
                os.mknod("node", 0o600 | 0o020000, os.makedev(1, 3))'
                chmod 700 play/lower play/lower/deep workspace/dir
                """)
            // What a process has open or stands in stays the same to it under other names.
            try await chain.step(
                """
                python3 -c 'import os
                for base in ("play", "workspace"):
                    os.chdir(base)
                    file = os.open("kept", os.O_CREAT | os.O_RDWR)
                    before = os.fstat(file)
                    os.write(file, b"text")
                    os.rename("kept", "renamed")
                    os.chmod("renamed", 0o640)
                    print(os.path.samestat(os.fstat(file), os.stat("renamed")), before.st_ino == os.fstat(file).st_ino)
                    os.unlink("renamed")
                    print(os.pread(file, 10, 0))
                    os.mkdir("here")
                    os.chdir("here")
                    os.rename("../here", "../there")
                    print(os.path.basename(os.getcwd()))
                    os.chdir("../..")'
                """)
            try await chain.step(
                """
                python3 -c 'import os
                file = os.open("play/lower/file", os.O_RDWR)
                os.pwrite(file, b"LOWER", 0)
                os.rename("play/lower/file", "play/lower/elsewhere")
                print(os.path.samestat(os.fstat(file), os.stat("play/lower/elsewhere")))'
                """)
            try await chain.expectEveryLayerAndAfterRestart()
        }
    }

    @Test func `of 128 layers shows every one of them, before and after a restart`() async throws {
        try await LeaseChain.open { chain in
            for number in 0..<128 {
                try await chain.step(
                    """
                    echo \(number) > play/changed; echo \(number) > workspace/changed
                    touch play/added-\(number) workspace/added-\(number)
                    rm -rf play/again workspace/again; mkdir play/again workspace/again
                    echo \(number) > play/again/\(number); echo \(number) > workspace/again/\(number)
                    """)
            }
            try await chain.expectEveryLayerAndAfterRestart()
        }
    }

    @Test func `that all change one file shows the last one's version after a restart`() async throws {
        try await LeaseChain.open { chain in
            for generation in ["grandparent", "parent", "child"] {
                try await chain.step("echo \(generation) | tee play/lower/file workspace/file")
            }
            await chain.play.daemon.kill()
            try await chain.play.daemon.start()
            try await chain.expectEveryLayer("after a restart")
            let view = try await chain.play.client.view(try #require(chain.parent))
            for path in ["/play/lower/file", "/workspace/file"] {
                #expect(try String(contentsOfFile: view.rootfs + path, encoding: .utf8) == "child\n")
            }
            try await chain.play.client.discardLease(view.id)
        }
    }

    @Test func `forks in two that see nothing of each other, and leave the parent as it was`() async throws {
        try await LeaseChain.open { chain in
            let play = chain.play
            try await chain.step("echo parent > play/shared; echo parent > workspace/shared")
            let one = try await play.lease("one", on: chain.parent)
            let two = try await play.lease("two", on: chain.parent)
            try await Playground.succeed("echo one > play/shared; echo one > workspace/new", in: one.rootfs)
            let seen = try await Playground.succeed(
                "cat play/shared; ls workspace; rm play/shared; rm -r workspace/dir", in: two.rootfs)
            #expect(seen.lines == ["parent", "dir", "file", "shared"])
            #expect(try String(contentsOfFile: one.rootfs + "/play/shared", encoding: .utf8) == "one\n")
            try await chain.expectLast("while two children are written to")
            let first = try await play.commit(one)
            try await chain.expectLast("after one child's commit")
            #expect(!FileManager.default.fileExists(atPath: two.rootfs + "/workspace/new"))
            let second = try await play.commit(two)
            #expect(first != second)
            try await chain.expectLast("after both children's commits")
        }
    }

    @Test func `is taken away leaf first, and its names are free at once`() async throws {
        try await LeaseChain.open { chain in
            try await chain.step("echo 1 > play/one")
            try await chain.step("echo 2 > play/two")
            let client = chain.play.client
            let refused = await #expect(throws: Failure.self) {
                try await client.deleteSnapshot(chain.snapshots[0], recursively: false)
            }
            #expect(refused?.code == .hasChildren)
            for snapshot in chain.snapshots.reversed() {
                try await client.deleteSnapshot(snapshot, recursively: false)
            }
            let again = try await chain.play.lease("step-0")
            #expect(again.reason?.code == .firstRun)
            #expect(!FileManager.default.fileExists(atPath: again.rootfs + "/play/one"))
            #expect(!chain.snapshots.contains(try await chain.play.commit(again)))
        }
    }

    @Test func `has nothing of a lease that was discarded or failed`() async throws {
        try await LeaseChain.open { chain in
            let (play, client) = (chain.play, chain.play.client)
            let discarded = try await play.lease("given-up")
            try await Playground.succeed("echo x > play/x", in: discarded.rootfs)
            try await client.discardLease(discarded.id)
            let refused = await #expect(throws: Failure.self) {
                try await client.commitLease(discarded.id, exitCode: 0)
            }
            #expect(refused?.code == .leaseEnded)
            let failed = try await play.lease("given-up")
            #expect(!FileManager.default.fileExists(atPath: failed.rootfs + "/play/x"))
            #expect(try await client.commitLease(failed.id, exitCode: 1).snapshot == nil)
            #expect(try await client.snapshots().items.isEmpty)
        }
    }
}
