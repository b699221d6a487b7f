"""Commit of a step that wrote 10,000 files, against one walk of them from C."""
from support import source_tree
from support.report import Line, milliseconds
from support.turns import rest

BAR = 2


def measure(bench, rounds):
    tree = bench.folder("tree")
    source_tree.make(tree)
    commits, walks = [], []
    rest()
    with bench.probe("commit", tree, bench.folder("store")) as probe, bench.reference("walk") as walk:
        for number in range(rounds + 1):
            written = probe.ask("write")
            # The first walk finds what the kernel has not looked at since it was written; the commit does not.
            walk.time(written)
            once = walk.time(written)
            commit = probe.time("commit")
            if number:
                walks.append(once)
                commits.append(commit)
    commit, walk = milliseconds(commits), milliseconds(walks)
    return [Line("commit of a step that wrote 10,000 files", "one walk of them in C", commit, walk, BAR)]
