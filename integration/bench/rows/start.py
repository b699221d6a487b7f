"""The start of a daemon on a store with many snapshots, each with a layer of its own, until it answers."""
import contextlib
import os
import sqlite3
import time

from rows.lease import cycle
from support import turns
from support.report import Line, milliseconds

BAR = 1000
SNAPSHOTS = 100_000


def measure(bench, rounds):
    folder = bench.folder("start")
    with bench.daemon(folder) as daemon:
        project = bench.folder("project")
        project.joinpath("main.c").write_text("int main(void) { return 0; }\n")
        with contextlib.closing(daemon.wire.connection()) as connection:
            connection.ask("POST", "/v1/workspaces/bench/revisions", {"path": str(project)})
            cycle(connection, "one", None)
    multiply(folder / "store")

    def start():
        begin = time.perf_counter_ns()
        with bench.daemon(folder):
            return time.perf_counter_ns() - begin

    (starts,) = turns.in_turns(rounds, start)
    return [
        Line(f"start of a daemon on {SNAPSHOTS:,} snapshots, until it answers", "", milliseconds(starts), None, BAR, "value")
    ]


def multiply(store):
    """Gives the store's one snapshot many siblings; each has a layer with an empty directory."""
    database = sqlite3.connect(store / "catalog.sqlite")
    with database:
        (first,) = database.execute("SELECT next_layer FROM store").fetchone()
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {SNAPSHOTS - 1}) "
        database.execute(
            numbers + "INSERT INTO layer (number, kind, bytes, entries, durable) "
            f"SELECT {first} + n, 'system', 4096, 0, 1 FROM numbers"
        )
        changed = {
            "id": "printf('%016x', n)", "own_system": f"{first} + n", "system_layers": f"'[' || ({first} + n) || ']'", "durable": "1",
        }
        columns = [row[1] for row in database.execute("PRAGMA table_info(snapshot)")]
        picked = ", ".join(changed.get(column, column) for column in columns)
        database.execute(numbers + f"INSERT INTO snapshot SELECT {picked} FROM snapshot, numbers")
        database.execute(f"UPDATE store SET next_layer = {first + SNAPSHOTS}")
        # As if their records were written.
        database.execute("DELETE FROM unrecorded")
    database.close()
    for number in range(first, first + SNAPSHOTS):
        os.mkdir(store / "layers" / str(number), 0o755)
