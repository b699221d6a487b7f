/// Rows of text in aligned columns, the first of them the heading.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(heading: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) {
        self.columns = columns
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, the last column cut so that none is wider than `width`; nil for as wide as it comes.
    func lines(style: Style, width: Int?) -> [String] {
        let headings = columns.map(\.heading)
        let widths = columns.indices.map { column in
            ([headings] + rows).map { DisplayText.width($0[column]) }.max() ?? 0
        }
        return ([headings] + rows).enumerated().map { index, cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let isLast = column == cells.count - 1
                var text = cell
                if isLast, let width {
                    text = DisplayText.fit(
                        cell, max(8, width - DisplayText.width(line)), ellipsis: style.ellipsis)
                }
                switch columns[column].alignment {
                case .left: line += isLast ? text : DisplayText.pad(text, widths[column]) + "  "
                case .right: line += DisplayText.padLeft(text, widths[column]) + (isLast ? "" : "  ")
                }
            }
            return index == 0 ? style.dim(line) : line
        }
    }
}

extension Table {
    /// Writes the table to standard output, cut to the width of a terminal.
    func print(_ style: Style) throws {
        let width = StandardStream.output.isTerminal ? StandardStream.output.size.columns : nil
        try StandardStream.output.write(lines(style: style, width: width).map { $0 + "\n" }.joined())
    }
}
