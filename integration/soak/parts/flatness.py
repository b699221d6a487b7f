"""Whether what was sampled grew: the last quarter against the second one, at the same phase.

The first quarter is left out: pools, caches and the heap come to their size in it.
"""
import statistics

from parts.samples import WATCHED

#: How much more is no growth: a share, and an amount.
SLACK = {
    "rss_kib": (0.10, 4096),
    "descriptors": (0.05, 4),
    "threads": (0.0, 4),
    "mounts": (0.0, 0),
    "control_groups": (0.0, 0),
    "directories": (0.10, 20),
}


class Comparison:
    def __init__(self, what, name, before, after):
        self.what = what
        self.name = name
        self.before = before
        self.after = after
        share, amount = SLACK[name]
        self.most = before * (1 + share) + amount

    @property
    def is_flat(self):
        return self.after <= self.most

    def __str__(self):
        mark = "" if self.is_flat else f" (at most {self.most:.0f}: GROWN)"
        return f"{self.what}: {self.name} {self.before:.0f} → {self.after:.0f}{mark}"


def compare(rows, calm):
    """
    - rows: all samples
    - calm: numbers of the cycles of a quarter in which nothing was wrong on purpose, and the daemon not restarted
    """
    idle = [row for row in rows if row["phase"] == "idle" and row.get("rss_kib") is not None]

    def middle(name, quarter, cycles):
        values = [row[name] for row in idle if row["quarter"] == quarter and row["cycle"] in cycles]
        if not values:
            raise RuntimeError(f"nothing was sampled in quarter {quarter}, cycles {list(cycles)}")
        return statistics.median(values)

    calm = list(calm)
    comparisons = [
        Comparison("second and last quarter", name, middle(name, 1, calm), middle(name, 3, calm)) for name in WATCHED
    ]
    # And within the last life of a daemon, which nothing cut short.
    half = len(calm) // 2
    for name in WATCHED:
        comparisons.append(
            Comparison("last daemon, first and second half", name, middle(name, 3, calm[:half]), middle(name, 3, calm[half:]))
        )
    return comparisons
