import Glibc

/// What an image was built for, in the words of the OCI image specification.
package struct ImagePlatform: Hashable, Sendable {
    package let system: String
    package let architecture: String

    package init(system: String, architecture: String) {
        self.system = system
        self.architecture = architecture
    }

    /// What runs on this machine.
    package static let host = ImagePlatform(system: "linux", architecture: hostArchitecture())

    /// The names of Go's architectures for those of `uname`; one that is not listed has the same in both.
    private static func hostArchitecture() -> String {
        var names = utsname()
        // SAFETY: `names` outlives the call.
        _ = unsafe uname(&names)
        let machine = unsafe withUnsafeBytes(of: names.machine) { bytes in
            // SAFETY: the bytes are copied within this scope.
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let known = [
            "x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i686": "386",
            "i386": "386",
        ]
        return known[machine] ?? machine
    }
}

extension ImagePlatform: CustomStringConvertible {
    /// `linux/amd64`.
    package var description: String { "\(system)/\(architecture)" }
}
