import Glibc

/// The running kernel's version.
package struct KernelRelease: Hashable, Sendable {
    package let major: Int
    package let minor: Int
    /// As the kernel says it, with the distribution's additions.
    package let text: String

    /// Reads what comes before the second dot or any other character as numbers.
    package init(_ text: String) {
        let numbers = text.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
        major = numbers.first ?? 0
        minor = numbers.count > 1 ? numbers[1] : 0
        self.text = text
    }

    /// That of the running kernel.
    package static var current: KernelRelease {
        let text = try? Descriptor.openFile("/proc/sys/kernel/osrelease").readAll(limit: 256)
        return KernelRelease(String(decoding: (text ?? []).prefix { $0 > 0x20 }, as: UTF8.self))
    }

    package func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        (self.major, self.minor) >= (major, minor)
    }
}
