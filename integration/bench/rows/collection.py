"""What runs notice of the collection of 10,000 snapshots: a chain of steps while a slice of them goes, against one while nothing does."""
import sqlite3
import threading
import time

from support import pipelines
from support.report import Line, milliseconds
from support.turns import rest

BAR = 1.2
SNAPSHOTS = 10_000
#: Of each snapshot, so that there is something to delete.
FILES = 20
STEPS = 10


def measure(bench, rounds):
    folder = bench.folder("collection")
    store = folder / "store"
    text = pipelines.chain("none", steps=STEPS)
    project = bench.folder("project")
    pipelines.project(project, text)
    with bench.daemon(folder) as daemon:
        daemon.wire.run(pipelines.chain("forever", "'echo kept > /kept'", steps=1), "bench", str(project))
    size = multiply(store)
    with bench.daemon(folder) as daemon:
        connection = daemon.wire.connection()
        # Some are kept for a first turn, which does not count.
        slices = [size - size * turn // (rounds + 2) for turn in range(1, rounds + 2)]
        busy, quiet = [], []
        rest()
        for number, keep in enumerate(slices):
            collection = threading.Thread(target=prune, args=(daemon, keep))
            collection.start()
            with_it = daemon.wire.run(text, "bench", str(project))
            collection.join()
            settle(store, connection)
            without = daemon.wire.run(text, "bench", str(project))
            if number:
                busy.append(with_it)
                quiet.append(without)
        connection.close()
    return [
        Line(f"{STEPS} uncached steps while snapshots of {SNAPSHOTS:,} are collected", "while none are",
             milliseconds(busy), milliseconds(quiet), BAR)
    ]


def prune(daemon, keep):
    connection = daemon.wire.connection()
    connection.ask("POST", "/v1/prune", {"keep_bytes": keep})
    connection.close()


def settle(store, connection):
    """Until everything that went is deleted."""
    deadline = time.monotonic() + 300
    while any((store / "dead").iterdir()):
        if time.monotonic() > deadline:
            raise RuntimeError("what was collected is not deleted")
        time.sleep(0.05)
    connection.ask("GET", "/v1/usage")


def multiply(store):
    """Gives the store copies of its one snapshot, each with a layer of its own; the bytes of all."""
    database = sqlite3.connect(store / "catalog.sqlite")
    (first,) = database.execute("SELECT next_layer FROM store").fetchone()
    size = (FILES + 1) * 4096
    changed = {
        "id": "printf('%016x', n)", "system_layers": "printf('[%d]', n)", "delta_layers": "'[]'", "own_system": "n",
        "own_delta": "NULL", "durable": "1",
    }
    columns = [row[1] for row in database.execute("PRAGMA table_info(snapshot)")]
    picked = ", ".join(changed.get(column, column) for column in columns)
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {first + SNAPSHOTS - 1})"
    with database:
        database.execute(
            f"{numbers} INSERT INTO layer (number, kind, bytes, entries, durable) SELECT n, 'system', {size}, {FILES + 1}, 1 FROM numbers"
        )
        database.execute(f"{numbers} INSERT INTO snapshot SELECT {picked} FROM (SELECT * FROM snapshot LIMIT 1), numbers")
        database.execute("UPDATE store SET next_layer = ?", (first + SNAPSHOTS,))
        (total,) = database.execute("SELECT TOTAL(bytes) FROM layer WHERE kind = 'system'").fetchone()
    database.close()
    for number in range(first, first + SNAPSHOTS):
        folder = store / "layers" / str(number) / "made"
        folder.mkdir(parents=True)
        for file in range(FILES):
            folder.joinpath(f"f{file}").write_bytes(b"x" * 100)
    return int(total)
