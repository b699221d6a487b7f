import Glibc

/// Whose rights this process has.
package enum CurrentUser {
    /// The effective user; 0 is root.
    package static var identifier: UInt32 { geteuid() }
}
