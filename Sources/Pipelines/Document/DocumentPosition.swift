/// Where something stands in a text: line and column from 1, the column in Unicode scalars, as libYAML
/// counts.
package struct DocumentPosition: Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }
}
