import Glibc
import Linux
import SystemPackage

/// A root file system with a static busybox in it, and nothing else that works.
enum BusyboxRoot {
    private static let programs = [
        "sh", "cat", "chmod", "dd", "echo", "false", "grep", "hostname", "id", "ip", "kill", "ls", "mkdir",
        "mount", "nc",
        "nslookup", "ping", "ps", "seq", "setsid", "sleep", "stat", "su", "tail", "test", "touch", "true",
        "umount",
        "wc", "wget", "yes",
    ]

    static func make(in root: borrowing Directory) throws {
        for name in ["bin", "dev", "etc", "proc", "sys", "tmp", "workspace"] {
            try root.createDirectory(name, mode: 0o755)
        }
        try root.openBeneath("tmp", .path).chmod(0o1777)
        let bin = try root.openDirectory("bin")
        let busybox = try Descriptor.openFile("/bin/busybox")
        let copy = try bin.createFile("busybox", mode: 0o755)
        try copy.copyContents(of: busybox, size: try busybox.status().size)
        for program in programs { try bin.createLink(program, target: "busybox") }
        let etc = try root.openDirectory("etc")
        try etc.replaceFile(
            "passwd",
            with: Array("root:x:0:0:root:/root:/bin/sh\nrunner:x:1000:1001::/home/runner:/bin/sh\n".utf8),
            mode: 0o644)
        try etc.replaceFile(
            "group", with: Array("root:x:0:\nrunner:x:1001:\nextra:x:1002:runner\n".utf8), mode: 0o644)
        for name in ["resolv.conf", "hosts", "hostname"] { try etc.replaceFile(name, with: [], mode: 0o644) }
    }
}

extension Descriptor {
    /// By path, as a place in the tree has no mode of its own to set.
    fileprivate func chmod(_ mode: UInt32) throws {
        // SAFETY: the path is used by the call only.
        guard unsafe Glibc.chmod(processPath, mode) == 0 else { throw Errno(rawValue: errno) }
    }
}
