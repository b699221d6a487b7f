/// The version both programs are built with.
package enum Version {
    package static let current = "0.1.0"
}
