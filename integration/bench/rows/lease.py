"""Leases on empty steps through the socket: one at a time against the bare calls, by two workers, and hits in a large catalog."""
import contextlib
import itertools
import json
import pathlib
import sqlite3
import time

from support import turns
from support.daemon import IMAGE
from support.report import Line, milliseconds

DEPTH = 10
CYCLE_BAR, WORKERS_BAR, LOOKUP_BAR = 4, 1.4, 1
SNAPSHOTS = 100_000
#: Short as it is, it is measured more often.
TURNS = 10
#: How many leases each worker takes in one turn.
BATCH = 50


def measure(bench, rounds):
    with bench.daemon() as daemon:
        project = bench.folder("project")
        project.joinpath("main.c").write_text("int main(void) { return 0; }\n")
        connection = daemon.wire.connection()
        connection.ask("POST", "/v1/workspaces/bench/revisions", {"path": str(project)})
        parent = None
        for number in range(DEPTH):
            parent = cycle(connection, f"base{number}", parent, number)
        numbers = itertools.count()

        def body():
            """What a client in C asks for: no two leases are on the same step."""
            return json.dumps(uncached(f"step{next(numbers)}", parent))

        with contextlib.ExitStack() as stack:
            reference = stack.enter_context(bench.reference("lease", bench.folder("lease"), DEPTH))
            workers = [stack.enter_context(bench.client("lease", daemon.socket)) for _ in range(2)]
            ours, theirs = turns.in_turns(rounds * TURNS, lambda: workers[0].time(body()), reference.time)
            one, two = turns.in_turns(rounds, lambda: rate(workers[:1], body), lambda: rate(workers, body))
    lookups = measure_lookups(bench, rounds, project)
    return [
        Line(f"lease and commit of an empty step at depth {DEPTH}", "the bare calls from C",
             milliseconds(ours), milliseconds(theirs), CYCLE_BAR),
        Line("leases per second of two workers, at least", "of one", middle(two), middle(one), WORKERS_BAR, "at least", "/s"),
        Line(f"a lease that is a hit, of {SNAPSHOTS:,} snapshots", "", milliseconds(lookups), None, LOOKUP_BAR, "value"),
    ]


def request(key, parent):
    base = {"parent": parent} if parent else {"image": IMAGE}
    # The key is no part of a step's identity: what is to be a snapshot of its own has a command of its own.
    return {"step": {"key": key, "cmd": f": {key}", "cache": "forever", "network": "none", **base}, "workspace": "bench"}


def uncached(key, parent):
    return request(key, parent) | {"no_cache": True}


def cycle(connection, key, parent, written=None):
    """Takes a lease and commits it, with a file of its own in both layers if `written` is given; the snapshot."""
    lease = connection.ask("POST", "/v1/leases", uncached(key, parent))
    for tree in (lease["rootfs"], lease["workspace"]) if written is not None else ():
        pathlib.Path(tree, f"written{written}").touch()
    return connection.ask("POST", f"/v1/leases/{lease['id']}/commit", {"exit_code": 0})["snapshot"]


def rate(workers, body):
    """Leases per second."""
    batches = [[body() for _ in range(BATCH)] for _ in workers]
    start = time.perf_counter()
    for worker, batch in zip(workers, batches):
        worker.tell(batch)
    for worker in workers:
        for _ in range(BATCH):
            worker.answer()
    return len(workers) * BATCH / (time.perf_counter() - start)


def middle(values):
    return sorted(values)[len(values) // 2]


def measure_lookups(bench, rounds, project):
    folder = bench.folder("large")
    with bench.daemon(folder) as daemon:
        connection = daemon.wire.connection()
        connection.ask("POST", "/v1/workspaces/bench/revisions", {"path": str(project)})
        cycle(connection, "wanted", None)
        connection.close()
    multiply(folder / "store/catalog.sqlite")
    with bench.daemon(folder) as daemon:
        connection = daemon.wire.connection()

        def hit():
            start = time.perf_counter_ns()
            answer = connection.ask("POST", "/v1/leases", request("wanted", None))
            elapsed = time.perf_counter_ns() - start
            if not answer.get("hit"):
                raise RuntimeError(f"no hit: {answer}")
            return elapsed

        (lookups,) = turns.in_turns(rounds * TURNS, hit)
    return lookups


def multiply(catalog):
    """Fills the catalog with copies of its one snapshot, each with an identity of its own."""
    database = sqlite3.connect(catalog)
    database.create_function("digest", 1, lambda number: f"{number:064x}")
    with database:
        for table, changed in (("snapshot", {"id": "printf('%016x', n)"}), (
            "record", {"number": "NULL", "snapshot": "printf('%016x', n)", "identity": "digest(n)"}
        )):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            picked = ", ".join(changed.get(column, column) for column in columns)
            database.execute(
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {SNAPSHOTS}) "
                f"INSERT INTO {table} SELECT {picked} FROM {table}, numbers"
            )
        # As if their records were written.
        database.execute("DELETE FROM unrecorded")
    database.close()
