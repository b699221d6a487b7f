/// What a revision is made of.
package enum RevisionSource: Sendable {
    /// A directory of the caller's, read with the caller's rights.
    case directory(CallerDirectory)
    /// An archive of the caller's: nobody changes it while it is read.
    case archive(UnpackedArchive)
}
