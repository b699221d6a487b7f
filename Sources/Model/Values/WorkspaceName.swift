extension ResourceName {
    /// The name of the workspace in `realPath` when the user gives none: the directory's base name (other
    /// bytes become `_`, cut to 100), `-`, and 8 hex digits of the SHA-256 of the real path.
    package static func workspace(forDirectory realPath: [UInt8]) throws(Failure) -> ResourceName {
        let base = realPath.split(separator: UInt8(ascii: "/")).last ?? []
        let safe = base.prefix(100).map { byte -> UInt8 in
            byte != UInt8(ascii: "/") && isAllowed(byte) ? byte : UInt8(ascii: "_")
        }
        let suffix = Digest(of: realPath).hex.prefix(8)
        return try ResourceName(String(decoding: safe, as: UTF8.self) + "-" + suffix, kind: "workspace")
    }
}
