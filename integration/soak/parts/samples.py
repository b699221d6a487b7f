"""What the daemon has and holds, read from the outside every few seconds."""
import csv
import os
import pathlib
import threading
import time

from parts.ground import read

FIELDS = (
    "seconds", "quarter", "cycle", "phase", "disturbance", "starts", "rss_kib", "anonymous_kib", "descriptors", "threads",
    "mounts", "control_groups", "directories", "history", "processes", "layers", "scans", "manifests", "dead", "catalog_kib",
    "disk_kib",
)
#: Those whose growth would be a leak. History is none: what is on record of runs is kept for an hour at least.
WATCHED = ("rss_kib", "descriptors", "threads", "mounts", "control_groups", "directories")
INTERVAL = 3


class Samples:
    """To be entered; samples in a thread of its own until left."""

    def __init__(self, ground, disturbances, path):
        self._ground = ground
        self._disturbances = disturbances
        self._begin = time.monotonic()
        self._file = open(path, "w", newline="")
        self._writer = csv.DictWriter(self._file, FIELDS)
        self._writer.writeheader()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.rows = []
        self.place = {"quarter": 0, "cycle": 0, "phase": "load"}

    def clock(self):
        return time.monotonic() - self._begin

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._file.close()

    def _go_on(self):
        while not self._over.wait(INTERVAL):
            if self.place["phase"] != "idle":
                self.take()

    def take(self):
        row = {"seconds": round(self.clock(), 1), **self.place, "disturbance": self._disturbances.now}
        row |= self._of_daemon() | self._of_host() | self._of_store()
        with self._lock:
            self.rows.append(row)
            self._writer.writerow(row)
            self._file.flush()

    def _of_daemon(self):
        process = self._ground.process
        number = process.pid
        status = dict(line.split(":", 1) for line in read(f"/proc/{number}/status").splitlines())
        try:
            descriptors = len(os.listdir(f"/proc/{number}/fd"))
        except OSError:
            descriptors = None
        # A daemon that has ended, or is ending, has no memory.
        if "VmRSS" not in status or descriptors is None:
            return {"starts": self._ground.starts}
        return {
            "starts": self._ground.starts,
            "rss_kib": int(status["VmRSS"].split()[0]),
            "anonymous_kib": int(status["RssAnon"].split()[0]),
            "threads": int(status["Threads"]),
            "descriptors": descriptors,
        }

    def _of_host(self):
        marks = (self._ground.store_id, str(self._ground.root))
        mounts = sum(any(mark in line for mark in marks) for line in read("/proc/self/mountinfo").splitlines())
        supervisors = 0
        for name in os.listdir("/proc"):
            if name.isdigit() and self._ground.store_id in read(f"/proc/{name}/cmdline"):
                supervisors += 1
        return {"mounts": mounts, "control_groups": len(self._ground.control_groups()), "processes": supervisors}

    def _of_store(self):
        store = self._ground.store
        areas = {name: 0 for name in ("layers", "scans", "manifests", "dead", "history", "other")}
        for entry in scan(store):
            if not entry.is_dir(follow_symlinks=False):
                continue
            inside = [entry, *scan(entry.path)]
            if entry.name in ("records", "runs"):
                inside += [deeper for below in inside[1:] if below.is_dir(follow_symlinks=False) for deeper in scan(below.path)]
                areas["history"] += len(inside)
            else:
                areas[entry.name if entry.name in areas else "other"] += len(inside)
        # What is mounted for steps and leases.
        areas["other"] += sum(1 for _ in scan(f"/run/varve/mounts/{self._ground.store_id}"))
        status = os.statvfs(self._ground.disk)
        catalog = sum(size(store / f"catalog.sqlite{suffix}") for suffix in ("", "-wal", "-shm"))
        return {
            "directories": sum(areas.values()) - areas["history"],
            **{name: areas[name] for name in ("history", "layers", "scans", "manifests", "dead")},
            "catalog_kib": catalog // 1024,
            "disk_kib": (status.f_blocks - status.f_bfree) * status.f_frsize // 1024,
        }


def scan(path):
    try:
        return list(os.scandir(path))
    except OSError:
        return []


def size(path):
    try:
        return pathlib.Path(path).stat().st_size
    except OSError:
        return 0
