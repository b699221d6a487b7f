/// Rows and columns of a terminal.
package struct TerminalSize: Hashable, Sendable, Codable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}
