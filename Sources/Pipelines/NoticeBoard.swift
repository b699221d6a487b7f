/// Collects what a reader of the document should know, each thing once however often it occurs.
struct NoticeBoard: Sendable {
    private var order: [String] = []
    private var occurrences: [String: (place: String, count: Int)] = [:]

    /// - Parameter notice: the same text wherever it occurs; the place is added.
    mutating func post(_ notice: String, at path: DocumentPath) {
        if let known = occurrences[notice] {
            occurrences[notice] = (known.place, known.count + 1)
        } else if order.count < NoticeBoard.mostNotices {
            order.append(notice)
            occurrences[notice] = (path.description, 1)
        }
    }

    /// One line for each, in the order of their first occurrence.
    var lines: [String] {
        order.map { notice in
            guard let (place, count) = occurrences[notice], !place.isEmpty else { return notice }
            return switch count {
            case 1: "\(place): \(notice)"
            case 2: "\(place) and one more place: \(notice)"
            default: "\(place) and \(count - 1) more places: \(notice)"
            }
        }
    }

    private static let mostNotices = 100
}
