"""20 uncached steps in a chain that do nothing, against `crun run` of the same bundle."""
from support import pipelines
from support.container import Container
from support.report import Line, milliseconds
from support.turns import in_turns, rest

BAR = 2.5


def measure(bench, rounds):
    text = pipelines.chain("none")
    with bench.daemon() as daemon:
        project = bench.folder("project")
        pipeline = pipelines.project(project, text)
        with Container(bench, daemon) as container:
            rest()
            whole, socket, crun = in_turns(
                rounds,
                lambda: daemon.run(pipeline, project),
                lambda: daemon.wire.run(text, "bench", str(project)),
                lambda: [container.run() for _ in range(pipelines.STEPS)],
            )
    # A mean over the steps of a turn on both sides, since what holds some of them up (a grace period of the
    # kernel's, the disk) is in the sum of a run too.
    reference = milliseconds([sum(turn) for turn in crun]) / pipelines.STEPS
    per_step = [milliseconds(times) / pipelines.STEPS for times in (whole, socket)]
    return [
        Line("uncached step, of 20 in `varve run`", "`crun run`", per_step[0], reference, BAR),
        Line("the same without the client's start-up", "`crun run`", per_step[1], reference, BAR),
    ]
