"""Scan of 20,000 unchanged files to the digest of a revision, against `git status` of the same tree."""
from support import source_tree, turns
from support.report import Line, milliseconds

BAR = 1.5


def measure(bench, rounds):
    tree = bench.folder("tree")
    source_tree.make(tree)
    turns.rest()
    with bench.probe("scan", tree, bench.folder("store")) as probe:
        scan, git = turns.in_turns(
            rounds, probe.time, lambda: turns.run(source_tree.STATUS, tree, source_tree.GIT)
        )
    scan, git = milliseconds(scan), milliseconds(git)
    return [Line("scan of 20,000 unchanged files to a digest", "`git status`", scan, git, BAR)]
