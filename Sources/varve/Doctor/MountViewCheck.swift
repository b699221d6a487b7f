import API

/// Whether the host sees the mounts of leases: the daemon has to be in the mount namespace of the machine's first
/// process.
struct MountViewCheck: Check {
    let name = "mounts"
    /// What a daemon says of itself; empty where none answers.
    let host: [String: String]

    func findings() async -> [Wire.Finding] {
        switch host["mount_namespace"] {
        case "host": fine("varved and process 1 see the same mounts")
        case "own":
            warning(
                "varved has a mount namespace of its own: leases are not visible on the host",
                fix: "take PrivateTmp=, ProtectSystem= and the like out of its unit (systemctl cat varved), "
                    + "or start it in no namespace of its own")
        default: []
        }
    }
}
