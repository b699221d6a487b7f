import Glibc
import SystemPackage

/// A FUSE file system whose server never answers what is asked of it, as one that is stopped; gone at the end of its life.
package struct SilentFileSystem: ~Copyable {
    private let server: Child
    private let path: String

    /// Mounts it on a directory. It makes the file `asked` when it is asked for the first time.
    package init(on path: String, noting asked: String) throws {
        let script = """
            import ctypes, os, struct, sys
            device = os.open("/dev/fuse", os.O_RDWR)
            options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
            if ctypes.CDLL(None).mount(b"silence", sys.argv[1].encode(), b"fuse", 6, options):
                sys.exit("refused")
            greeting = struct.unpack_from("<Q", os.read(device, 1 << 20), 8)[0]
            answer = struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 12, 8, 1 << 17, 1, 32, 0, 0) + bytes(28)
            os.write(device, struct.pack("<IiQ", 16 + len(answer), 0, greeting) + answer)
            print("mounted", flush=True)
            os.read(device, 1 << 20)
            open(sys.argv[2], "x").close()
            sys.stdin.read()
            """
        let server = try Child(["python3", "-c", script, path, asked])
        guard try server.waitForLine() == "mounted" else { throw Errno.notSupported }
        self.server = server
        self.path = path
    }

    deinit { unmount(path) }

    /// Refuses what waits: its server ends.
    package consuming func end() {}
}

private func unmount(_ path: String) {
    // SAFETY: the string outlives the call.
    unsafe umount2(path, CInt(MNT_DETACH))
}
