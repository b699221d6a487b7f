"""What the daemon keeps in memory: when it has started, and after a step wrote a log of 1 GB."""
from support import pipelines
from support.report import Line
from support.turns import rest

IDLE, AFTER_LOG = 60, 120
LOG = "yes 'one of the ten million lines of a log, as long as such lines are when a compiler is talkative!' | head -c 1000000000"


def measure(bench, _):
    with bench.daemon() as daemon:
        rest()
        idle, _ = daemon.memory()
        project = bench.folder("project")
        pipeline = pipelines.project(project, pipelines.chain("none", LOG, steps=1))
        # As events: the client in words is slower than the daemon.
        daemon.run(pipeline, project, "--format", "json")
        after, most = daemon.memory()
    megabytes = [kilobytes * 1024 / 1e6 for kilobytes in (idle, after, most)]
    return [
        Line("memory of the daemon, idle", "", megabytes[0], None, IDLE, "value", "MB"),
        Line("memory of the daemon after a log of 1 GB", "", megabytes[1], None, AFTER_LOG, "value", "MB"),
        Line("memory of the daemon at most meanwhile", "", megabytes[2], None, None, "value", "MB"),
    ]
