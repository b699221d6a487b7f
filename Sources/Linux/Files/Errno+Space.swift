package import SystemPackage

extension Errno {
    /// There is no room: on the file system, or in what a quota leaves of it.
    package var isOutOfSpace: Bool { self == .noSpace || self == .diskQuotaExceeded }
}
