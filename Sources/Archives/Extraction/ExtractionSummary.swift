/// What came of unpacking an archive.
package struct ExtractionSummary: Sendable {
    package internal(set) var entries = 0
    /// Data written; holes don't count.
    package internal(set) var bytes: Int64 = 0
    /// What was left out by policy, for people; the first few.
    package internal(set) var leftOut: [String] = []
    package internal(set) var leftOutCount = 0
    /// On another view below, the same archive would have made something else.
    package internal(set) var dependsOnView = false

    private static let listed = 20

    mutating func leaveOut(_ what: String) {
        leftOutCount += 1
        if leftOut.count < ExtractionSummary.listed { leftOut.append(what) }
    }
}
