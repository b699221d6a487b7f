import Model

extension Failure {
    /// `image-invalid`, with the remedy that fits a damaged image.
    static func image(_ detail: String, fix: String = "fetch or export the image anew") -> Failure {
        Failure(.imageInvalid, detail, fix: fix)
    }

    /// What is wrong with an archive, as something wrong with the part of the image it is.
    func inImage(_ part: String) -> Failure {
        switch code {
        case .archiveInvalid: Failure(.imageInvalid, "\(part): \(detail)", fix: fix)
        case .tooLarge, .storageFull, .storageFailed: Failure(code, "\(part): \(detail)", fix: fix)
        default: self
        }
    }
}
