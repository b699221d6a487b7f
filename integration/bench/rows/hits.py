"""20 cached steps on 20,000 unchanged files, against `git status` of the same tree."""
from support import pipelines, source_tree, turns
from support.report import Line, milliseconds

BAR = 3


def measure(bench, rounds):
    tree = bench.folder("tree")
    source_tree.make(tree)
    # The policy that asks most: the whole revision has to be the same.
    text = pipelines.chain("workspace")
    pipeline = tree.parent / "hits.yaml"
    pipeline.write_text(text)
    with bench.daemon() as daemon:
        turns.rest()
        daemon.run(str(pipeline), tree, "--workspace", "bench")
        turns.rest()
        whole, socket, git = turns.in_turns(
            rounds,
            lambda: daemon.run(str(pipeline), tree, "--workspace", "bench"),
            lambda: daemon.wire.run(text, "bench", str(tree)),
            lambda: turns.run(source_tree.STATUS, tree, source_tree.GIT),
        )
    whole, socket, git = map(milliseconds, (whole, socket, git))
    return [
        Line("20 hits on 20,000 files, `varve run`", "`git status`", whole, git, BAR),
        Line("the same without the client's start-up", "`git status`", socket, git, BAR),
    ]
