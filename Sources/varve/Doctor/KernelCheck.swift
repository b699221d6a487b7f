import API
import Linux

/// Whether the kernel is one that is supported.
struct KernelCheck: Check {
    let name = "kernel"

    func findings() async -> [Wire.Finding] {
        guard KernelRelease.current >= .oldest else {
            return failure(
                "Linux \(KernelRelease.currentText) is older than 6.1, the oldest that is supported",
                fix: "update the kernel: Debian 12, Ubuntu 24.04 and later have one that works")
        }
        return fine("Linux \(KernelRelease.currentText)")
    }
}
