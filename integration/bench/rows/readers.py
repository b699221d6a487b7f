"""Requests to a daemon that has a hundred readers who never read, while the run they asked for writes a million events."""
import contextlib
import socket
import time

from support.report import Line

READERS = 100
EVENTS = 1_000_000
BAR = 10
#: Each with a daemon and a run of its own. Few requests are slow, and few of them alone tell little.
TURNS = 5
#: Between two requests, in seconds: as often as somebody who watches a run.
PAUSE = 0.01


def measure(bench, _):
    turns = [turn(bench) for _ in range(TURNS)]
    ordered = sorted(time for times, _ in turns for time in times)
    most = max(memory for _, memory in turns)
    return [
        Line(f"a request while {READERS} readers do not read", "", middle(ordered, 0.5), None, BAR, "value"),
        Line(f"the slowest but one in a hundred, of {len(ordered)}", "", middle(ordered, 0.99), None, BAR, "value"),
        Line("memory of the daemon at most meanwhile", "", most * 1024 / 1e6, None, 120, "value", "MB"),
    ]


def turn(bench):
    """Milliseconds of requests during a run, and how much memory the daemon took at most."""
    with bench.daemon() as daemon, contextlib.ExitStack() as stalled:
        connection = daemon.wire.connection()
        pipeline = {"version": 1, "image": "bench", "steps": [
            {"key": "noisy", "run": f"seq {EVENTS}", "workspace": "none", "network": "none"}]}
        run = connection.ask("POST", "/v1/runs", {"pipeline": pipeline})["id"]
        for _ in range(READERS):
            stalled.enter_context(stall(daemon.socket, f"/v1/runs/{run}/events"))
        times = list(times_of(connection, run))
        _, most = daemon.memory()
        return times, most


def stall(path, target):
    """A connection on which something was asked for that nobody reads."""
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    peer.sendall(f"GET {target} HTTP/1.1\r\nHost: varve\r\n\r\n".encode())
    return peer


def times_of(connection, run):
    """Milliseconds of requests of several kinds, until the run has ended."""
    kinds = ["/v1/info", "/v1/snapshots", "/v1/images", f"/v1/runs/{run}"]
    ended = False
    while not ended:
        for kind in kinds:
            start = time.perf_counter_ns()
            answer = connection.ask("GET", kind)
            yield (time.perf_counter_ns() - start) / 1e6
            time.sleep(PAUSE)
        if answer["status"] not in ("queued", "running"):
            ended = True
            if answer["status"] != "passed":
                raise RuntimeError(f"the run ended: {answer}")


def middle(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
