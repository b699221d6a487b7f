"""One of 20,000 files edited, then 20 uncached steps, against the same steps on a project of one file."""
import itertools

from support import pipelines, source_tree, turns
from support.report import Line

#: Milliseconds on top.
BAR = 60


def measure(bench, rounds):
    tree = bench.folder("tree")
    source_tree.make(tree)
    text = pipelines.chain("none")
    edits = itertools.count()
    project = bench.folder("project")
    pipeline = pipelines.project(project, text)

    def after_edit(run):
        source_tree.edit(tree, next(edits))
        turns.rest()
        return run()

    def at_rest(run):
        turns.rest()
        return run()

    with bench.daemon() as daemon:
        large, large_socket, small, small_socket = turns.in_turns(
            rounds,
            lambda: after_edit(lambda: daemon.run(pipeline, tree, "--workspace", "large")),
            lambda: after_edit(lambda: daemon.wire.run(text, "large", str(tree))),
            lambda: at_rest(lambda: daemon.run(pipeline, project, "--workspace", "small")),
            lambda: at_rest(lambda: daemon.wire.run(text, "small", str(project))),
        )
    what = "one of 20,000 files edited, then 20 uncached steps, `varve run`"
    return [
        Line.paired(what, "20 uncached steps", large, small, BAR),
        Line.paired("the same without the client's start-up", "20 uncached steps", large_socket, small_socket, BAR),
    ]
