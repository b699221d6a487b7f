import Glibc
package import Linux

/// Whether a mount can be unmounted, if not at the first try.
///
/// For a moment it may be held by a child that another test has forked, or by who looks at the descriptors
/// of this process.
package func goes(_ mount: consuming Mount) throws -> Bool {
    var mount = mount
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
        switch try mount.unmount() {
        case .done: return true
        case .busy(let same): mount = same
        }
        usleep(1000)
    }
    mount.abandon()
    return false
}
