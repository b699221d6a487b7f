import API
import Linux

/// Whether the kernel is one that is supported.
struct KernelCheck: Check {
    let name = "kernel"
    var release = KernelRelease.current

    func findings() async -> [Wire.Finding] {
        guard release.isAtLeast(6, 1) else {
            return failure(
                "Linux \(release.text) is older than 6.1, the oldest that is supported",
                fix: "update the kernel: Debian 12, Ubuntu 24.04 and later have one that works")
        }
        return fine("Linux \(release.text)")
    }
}
