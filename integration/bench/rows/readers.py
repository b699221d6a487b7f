"""Requests to a daemon that has a hundred readers who never read, while the run they asked for writes a million events."""
import contextlib
import socket
import time

from support.report import Line

READERS = 100
EVENTS = 1_000_000
BAR = 10
#: Between two requests, in seconds: as often as somebody who watches a run.
PAUSE = 0.01


def measure(bench, _):
    with bench.daemon() as daemon, contextlib.ExitStack() as stalled:
        connection = daemon.wire.connection()
        pipeline = {"version": 1, "image": "bench", "steps": [
            {"key": "noisy", "run": f"seq {EVENTS}", "workspace": "none", "network": "none"}]}
        run = connection.ask("POST", "/v1/runs", {"pipeline": pipeline})["id"]
        for _ in range(READERS):
            stalled.enter_context(stall(daemon.socket, f"/v1/runs/{run}/events"))
        times = list(times_of(connection, run))
        _, most = daemon.memory()
    ordered = sorted(times)
    return [
        Line(f"a request while {READERS} readers do not read", "", middle(ordered, 0.5), None, BAR, "value"),
        Line(f"the slowest but one in a hundred, of {len(ordered)}", "", middle(ordered, 0.99), None, BAR, "value"),
        Line("memory of the daemon at most meanwhile", "", most * 1024 / 1e6, None, 120, "value", "MB"),
    ]


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
