/// Why and where a text is refused as JSON.
package struct JSONProblem: Error, Hashable {
    package enum Reason: Hashable, Sendable {
        /// The text breaks the grammar; in words.
        case syntax(String)
        /// Two members of one object have this name.
        case repeatedMember(String)
        /// A value stands deeper than this.
        case tooDeep(mostLevels: Int)
        /// The text has more values than this.
        case tooMany(mostValues: Int)
    }

    package let reason: Reason
    /// The byte at which the grammar is broken, the repeated name, the value too deep or the one too many begins.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var sentence: String {
        switch reason {
        case .syntax(let sentence): sentence
        case .repeatedMember(let name): "member ‘\(name)’ appears twice"
        case .tooDeep(let mostLevels): "more than \(mostLevels) levels"
        case .tooMany(let mostValues): "more than \(mostValues) values"
        }
    }
}
