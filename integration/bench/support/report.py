"""What was measured, and the table of it."""
from dataclasses import dataclass
from statistics import median


#: The rules whose figure is ours / theirs.
RATIOS = ("ratio", "at least")


@dataclass
class Line:
    """One comparison: medians of both sides, in the unit's size, and what is allowed."""

    @classmethod
    def paired(cls, what, reference, ours, theirs, bar):
        """How much longer we take, by the median of the differences within a turn, in nanoseconds each: what slows the whole
        machine down for a while hits both sides of a turn."""
        difference = median(mine - other for mine, other in zip(ours, theirs)) / 1e6
        return cls(what, reference, milliseconds(ours), milliseconds(theirs), bar, "difference", measured=difference)

    what: str
    reference: str
    ours: float
    theirs: float | None = None
    #: Longest allowed ratio of the medians, or difference, or value, as `rule` says (with `at least`: the shortest ratio);
    #: none for a line that only informs.
    bar: float | None = None
    rule: str = "ratio"
    unit: str = "ms"
    #: The figure, where it is not that of the medians.
    measured: float | None = None

    @property
    def figure(self):
        if self.measured is not None:
            return self.measured
        if self.rule in RATIOS:
            return self.ours / self.theirs if self.theirs else None
        if self.rule == "difference":
            return self.ours - self.theirs
        return self.ours

    @property
    def is_over(self):
        if self.bar is None:
            return False
        return self.figure < self.bar if self.rule == "at least" else self.figure > self.bar

    def cells(self):
        return [
            self.what,
            self.reference,
            self._value(self.ours),
            self._value(self.theirs),
            self._figure(self.figure),
            "" if self.bar is None else ("≥ " if self.rule == "at least" else "≤ ") + self._figure(self.bar),
            "" if self.bar is None else "over" if self.is_over else "ok",
        ]

    def progress(self, row):
        what, reference, ours, theirs, figure, bar, verdict = self.cells()
        against = f", {reference} {theirs}" if theirs else ""
        return f"{row}: {what}: {ours}{against}: {' '.join(part for part in (figure, bar, verdict) if part)}"

    def _value(self, value):
        return "" if value is None else f"{value:.{2 if value < 10 else 1}f} {self.unit}"

    def _figure(self, value):
        if value is None:
            return ""
        if self.rule in RATIOS:
            return f"{value:.2f} ×"
        return f"{value:{'+' if self.rule == 'difference' else ''}.1f} {self.unit}"


def milliseconds(nanoseconds):
    return median(nanoseconds) / 1e6


def microseconds(nanoseconds):
    return median(nanoseconds) / 1e3


def table(lines):
    """A Markdown table."""
    rows = [["", "reference", "median", "its median", "figure", "bar", ""]] + [line.cells() for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    text.insert(1, "| " + " | ".join("-" * max(3, width) for width in widths) + " |")
    return "\n".join(text)
