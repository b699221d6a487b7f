"""What users do, many at once: each in a thread of its own, one operation after the other, as chance has it.

An operation ends as it should, or fails while something was wrong on purpose. What it shows is right in any case.
"""
import collections
import io
import os
import random
import signal
import subprocess
import tarfile
import threading
import time

from parts.api import LOST, Refusal
from parts.ground import IMAGE

#: No operation takes longer, not even around a restart on a busy machine.
PATIENCE = 240
WORKSPACES = 3


def lines_of(events, step):
    """A step's output; a line that waited for its end is told in parts."""
    lines, begun = [], ""
    for event in events:
        if event["kind"] != "step_log" or event["step"] != step:
            continue
        begun += event["line"]
        if not event.get("partial"):
            lines.append(begun)
            begun = ""
    return lines + ([begun] if begun else [])


class Wrong(Exception):
    """Something that must not be, disturbed or not."""


class Load:
    def __init__(self, ground, disturbances, seed):
        self.ground = ground
        self.api = ground.api
        self.disturbances = disturbances
        self.counts = collections.Counter()
        self.problems = []
        self._seed = seed
        self._lock = threading.Lock()
        self._numbers = iter(range(1, 1 << 60))
        self._over = threading.Event()
        self._threads = []

    def number(self):
        """One that was never given out before."""
        with self._lock:
            return next(self._numbers)

    def count(self, what):
        with self._lock:
            self.counts[what] += 1

    def begin(self, cycle):
        self._over.clear()
        users = [RunUser(self, index) for index in range(WORKSPACES)]
        users += [LeaseUser(self, 0), LeaseUser(self, 1), UploadUser(self, 0), CommandUser(self, 0), ReadUser(self, 0), AdminUser(self, 0)]
        self._threads = [
            threading.Thread(target=user.go_on, args=(random.Random(f"{self._seed} {cycle} {index}"), self._over), daemon=True)
            for index, user in enumerate(users)
        ]
        for thread in self._threads:
            thread.start()

    def end(self):
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                raise RuntimeError("an operation does not end")

    def problem(self, text):
        with self._lock:
            self.problems.append(text)
        print(f"soak: PROBLEM: {text}", flush=True)


class User:
    """One who does one thing after the other."""

    #: At most so long between two things, in seconds.
    pause = 0.1

    def __init__(self, load, index):
        self.load = load
        self.api = load.api
        self.ground = load.ground
        self.index = index

    def operations(self):
        """By how often they are done."""
        raise NotImplementedError

    def go_on(self, chance, over):
        self.chance = chance
        choices = self.operations()
        while not over.is_set():
            begin = time.monotonic()
            (operation,) = chance.choices(list(choices), choices.values())
            name = f"{type(self).__name__}.{operation.__name__}"
            try:
                operation()
                self.load.count(name)
            except Wrong as wrong:
                self.load.problem(f"{name}: {wrong}")
            except Exception as error:
                # A refusal, a lost connection, a program's status; or a defect of this file, which shows in calm times.
                if self.load.disturbances.reached(begin):
                    self.load.count("disturbed")
                    over.wait(0.2)
                else:
                    self.load.problem(f"{name}: {type(error).__name__}: {error}")
            over.wait(chance.uniform(0, self.pause))

    def follow(self, run):
        """All events of a run, however often the connection breaks; none may be missing or there twice."""
        events, begin = [], time.monotonic()
        while True:
            try:
                for event in self.api.events(run, len(events)):
                    if event["seq"] != len(events) + 1:
                        raise Wrong(f"run {run}: event {event['seq']} follows number {len(events)}")
                    events.append(event)
                    if event["kind"] == "build_end":
                        return events
            except LOST:
                pass
            if not self.load.disturbances.reached(begin) or time.monotonic() - begin > PATIENCE:
                raise RuntimeError(f"run {run}: its events end before it does")
            time.sleep(0.1)


class RunUser(User):
    """Edits a project and runs its pipeline: hits, misses, failures, cancels."""

    def __init__(self, load, index):
        super().__init__(load, index)
        self.project = load.ground.root / f"project{index}"
        if not self.project.exists():
            (self.project / "folder").mkdir(parents=True)
            for number in range(20):
                (self.project / "folder" / f"file{number}").write_text(f"{number}\n" * 50)
        self.workspace = f"soak{index}"

    def operations(self):
        return {self.passing: 6, self.uncached: 1, self.failing: 2, self.cancelled: 2, self.planned: 1}

    def edit(self):
        source, wanted = f"source {self.load.number()}", f"list {self.chance.randrange(4)}"
        (self.project / "source.txt").write_text(source + "\n")
        (self.project / "deps.list").write_text(wanted + "\n")
        extra = self.project / "folder" / f"extra{self.chance.randrange(4)}"
        if extra.exists():
            extra.unlink()
        else:
            extra.write_text(source)
        return source, wanted

    def pipeline(self, last):
        size = self.chance.choice((1, 2, 4))
        return {"version": 1, "image": IMAGE, "env": {"SIZE": str(size)}, "steps": [
            {"key": "base", "run": f"dd if=/dev/zero of=/base bs=256k count={size}", "cache": "forever",
             "network": self.chance.choice(("none", "none", "private"))},
            {"key": "deps", "from": "base", "run": "mkdir -p made && cp deps.list made/deps", "cache": {"on_change": ["deps.list"]},
             "network": "none"},
            {"key": "last", "from": "deps", "run": last, "network": "none"},
        ]}

    def revision(self):
        return self.api.ask("POST", f"/v1/workspaces/{self.workspace}/revisions", {"path": str(self.project)})["digest"]

    def begin(self, last, **options):
        request = {"pipeline": self.pipeline(last), "workspace": self.workspace, "revision": self.revision(),
                   "options": {"attached": True, **options}}
        return self.api.ask("POST", "/v1/runs", request)["id"]

    def expect(self, run, status):
        events = self.follow(run)
        if events[-1]["status"] not in status:
            ends = [event for event in events if event["kind"] == "step_end" and event["status"] not in ("passed", "cache_hit")]
            raise RuntimeError(f"run {run} ended with {events[-1]['status']} instead of {status}: {ends}")
        return events

    def run(self, **options):
        source, wanted = self.edit()
        lines = self.chance.choice((10, 100, 2000))
        events = self.expect(self.begin(f"cat source.txt made/deps; seq {lines}", **options), {"passed"})
        said = lines_of(events, "last")
        if said != [source, wanted, *map(str, range(1, lines + 1))]:
            raise Wrong(f"‘{source}’, ‘{wanted}’ and {lines} lines were to be seen: {said[:3]} … {said[-2:]}, {len(said)} lines")
        for event in events:
            if event["kind"] == "step_end":
                self.load.count(f"step {event['status']}")

    def passing(self):
        self.run()

    def uncached(self):
        self.run(no_cache=True)

    def failing(self):
        self.edit()
        self.expect(self.begin("echo no; exit 3"), {"failed"})

    def cancelled(self):
        self.edit()
        run = self.begin("echo begun; sleep 600")
        time.sleep(self.chance.choice((0, 0.3, 1)))
        # Asked for again if the daemon goes away meanwhile.
        begin = time.monotonic()
        while True:
            try:
                self.api.ask("POST", f"/v1/runs/{run}/cancel")
                break
            except (*LOST, Refusal):
                if not self.load.disturbances.reached(begin) or time.monotonic() - begin > PATIENCE:
                    raise
                time.sleep(0.2)
        self.expect(run, {"cancelled"})

    def planned(self):
        request = {"pipeline": self.pipeline("true"), "workspace": self.workspace, "revision": self.revision()}
        self.api.ask("POST", "/v1/plans", request)
        self.api.ask("POST", "/v1/explanations", request | {"step": "deps"})


class LeaseUser(User):
    """A runner host: takes leases and commits, discards or forgets them."""

    def operations(self):
        return {self.committed: 5, self.failed: 1, self.discarded: 2, self.expired: 1}

    def lease(self, ttl=300):
        folder = self.ground.root / "leased"
        folder.mkdir(exist_ok=True)
        (folder / "file").touch()
        self.api.ask("POST", "/v1/workspaces/leased/revisions", {"path": str(folder)})
        number = self.load.number()
        step = {"key": f"lease{number}", "cmd": f": {number}", "image": IMAGE, "cache": "forever", "network": "none"}
        return self.api.ask("POST", "/v1/leases", {"step": step, "workspace": "leased", "ttl_seconds": ttl})

    def taken(self, ttl=300):
        lease = self.lease(ttl)
        text = f"written in {lease['id']}"
        for place in ("rootfs", "workspace"):
            with open(os.path.join(lease[place], "written"), "w") as file:
                file.write(text)
            with open(os.path.join(lease[place], "bulk"), "wb") as file:
                file.write(bytes(128 << 10))
        return lease, text

    def committed(self):
        lease, text = self.taken()
        snapshot = self.commit(lease)
        if os.path.ismount(lease["rootfs"]):
            raise Wrong(f"lease {lease['id']} is mounted after its commit")
        try:
            archive = self.api.ask("GET", f"/v1/snapshots/{snapshot}/files?path=/written")
            view = self.api.ask("POST", "/v1/leases", {"view": snapshot, "ttl_seconds": 60})
        except Refusal as refusal:
            # Collected meanwhile.
            if refusal.status in (404, 409):
                return
            raise
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            found = tar.extractfile("written").read().decode()
        with open(os.path.join(view["rootfs"], "written")) as file:
            seen = file.read()
        if found != text or seen != text:
            raise Wrong(f"snapshot {snapshot} has ‘{found}’ and shows ‘{seen}’ instead of ‘{text}’")
        self.api.ask("DELETE", f"/v1/leases/{view['id']}")

    def commit(self, lease):
        """Again while the tree is in use: any program of the host that makes a mount namespace has a copy for a moment."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.api.ask("POST", f"/v1/leases/{lease['id']}/commit", {"exit_code": 0})["snapshot"]
            except Refusal as refusal:
                if refusal.code != "lease-busy" or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def failed(self):
        lease, _ = self.taken()
        if self.api.ask("POST", f"/v1/leases/{lease['id']}/commit", {"exit_code": 1})["snapshot"] is not None:
            raise Wrong("a failed lease has a snapshot")

    def discarded(self):
        lease, _ = self.taken()
        self.api.ask("DELETE", f"/v1/leases/{lease['id']}?force=true")
        if os.path.ismount(lease["rootfs"]):
            raise Wrong(f"lease {lease['id']} is mounted after it was discarded")

    def expired(self):
        lease = self.lease(ttl=1)
        deadline = time.monotonic() + PATIENCE / 2
        while True:
            try:
                self.api.ask("GET", f"/v1/leases/{lease['id']}")
            except Refusal as refusal:
                if refusal.status == 410:
                    return
                raise
            if time.monotonic() > deadline:
                raise Wrong(f"lease {lease['id']} does not expire")
            time.sleep(0.2)


class UploadUser(User):
    """Sends archives, whole ones and half ones."""

    def operations(self):
        return {self.whole: 3, self.half: 1, self.broken: 1, self.forgotten: 1}

    def path(self):
        return f"/v1/workspaces/upload{self.chance.randrange(3)}/revisions"

    def archive(self):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as tar:
            for number in range(self.chance.choice((1, 30, 200))):
                data = self.chance.randbytes(self.chance.choice((100, 4000)))
                entry = tarfile.TarInfo(f"folder{number % 7}/file{number}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        return content.getvalue()

    def whole(self):
        self.api.ask("POST", self.path(), self.archive(), content_type="application/x-tar")

    def half(self):
        self.api.abandoned_upload(self.path(), self.archive())

    def broken(self):
        try:
            self.api.ask("POST", self.path(), self.chance.randbytes(5000), content_type="application/x-tar")
        except Refusal as refusal:
            if refusal.status == 422:
                return
            raise
        raise Wrong("5000 random bytes are taken for an archive")

    def forgotten(self):
        try:
            self.api.ask("DELETE", self.path().removesuffix("/revisions"))
        except Refusal as refusal:
            if refusal.status not in (404, 409):
                raise


class CommandUser(User):
    """Uses the program: runs, some interrupted, and shells."""

    def operations(self):
        return {self.whole: 2, self.interrupted: 1, self.shell: 1}

    def command(self, *arguments, text, interrupt=None):
        process = subprocess.Popen(
            [self.ground.varve, "--socket", self.ground.socket, *arguments], cwd=self.project(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        timer = threading.Timer(interrupt, process.send_signal, [signal.SIGINT]) if interrupt else None
        if timer:
            timer.start()
        try:
            output, error = process.communicate(text, timeout=PATIENCE / 2)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong(f"`varve {' '.join(arguments)}` does not end: {process.communicate()}") from None
        finally:
            process.kill()
            process.wait()
            if timer:
                timer.cancel()
                timer.join()
        return process.returncode, output, error

    def project(self):
        folder = self.ground.root / "command"
        folder.mkdir(exist_ok=True)
        (folder / "file").write_text("of the command's project\n")
        return folder

    def pipeline(self, command):
        return f'{{"version": 1, "image": "{IMAGE}", "steps": [{{"key": "only", "run": "{command}", "network": "none"}}]}}'

    def whole(self):
        status, output, error = self.command("run", "-", "--logs", text=self.pipeline("cat file"))
        if status != 0:
            raise RuntimeError(f"`varve run` ended with {status}: {error}")
        if "of the command's project" not in output + error:
            raise Wrong(f"`varve run` shows nothing: {output} {error}")

    def interrupted(self):
        status, _, error = self.command("run", "-", text=self.pipeline("sleep 600"), interrupt=self.chance.uniform(0.3, 1.5))
        # So early that the program had not taken the signal over, it is ended by it.
        if status not in (130, -signal.SIGINT):
            raise RuntimeError(f"an interrupted `varve run` ended with {status}: {error}")

    def shell(self):
        for snapshot in self.api.ask("GET", "/v1/snapshots?limit=20")["items"]:
            status, output, error = self.command("shell", snapshot["id"], text="echo in a shell; exit 3\n")
            if status == 3 and "in a shell" in output:
                return
            # Collected meanwhile, or its revision was.
            if "not-found" not in error and "revision-gone" not in error:
                raise RuntimeError(f"`varve shell` ended with {status}: {output} {error}")


class ReadUser(User):
    """Asks for much and reads nothing, or looks around."""

    def operations(self):
        return {self.stalled: 1, self.looking: 3}

    def stalled(self):
        pipeline = {"version": 1, "image": IMAGE, "steps": [
            {"key": "noisy", "run": "seq 20000", "workspace": "none", "network": "none"}]}
        run = self.api.ask("POST", "/v1/runs", {"pipeline": pipeline})["id"]
        readers = [self.api.stalled(f"/v1/runs/{run}/events") for _ in range(10)]
        try:
            events = self.follow(run)
            time.sleep(self.chance.uniform(0, 2))
        finally:
            for reader in readers:
                reader.close()
        if events[-1]["status"] != "passed":
            raise RuntimeError(f"run {run} ended with {events[-1]}")
        if lines_of(events, "noisy") != [str(number) for number in range(1, 20001)]:
            raise Wrong(f"run {run} has lost lines")

    def looking(self):
        for path in ("/v1/usage", "/metrics", "/v1/health", "/v1/snapshots?limit=50", "/v1/workspaces", "/v1/leases", "/v1/runs"):
            self.api.ask("GET", path)


class AdminUser(User):
    """Prunes, pins, and brings images."""

    def operations(self):
        return {self.pruned: 2, self.dry: 1, self.pinned: 1, self.image: 1}

    #: Not as eager as the others.
    pause = 4

    def pruned(self):
        self.api.ask("POST", "/v1/prune", {"keep_bytes": self.chance.choice((8, 32, 64)) << 20})

    def dry(self):
        self.api.ask("POST", "/v1/prune", {"dry_run": True, "older_than_seconds": 20})

    def pinned(self):
        for snapshot in self.api.ask("GET", "/v1/snapshots?limit=3")["items"]:
            try:
                self.api.ask("POST", f"/v1/snapshots/{snapshot['id']}/pin")
                self.api.ask("POST", f"/v1/snapshots/{snapshot['id']}/unpin")
            except Refusal as refusal:
                if refusal.status != 404:
                    raise

    def image(self):
        self.api.ask("POST", "/v1/images", {"name": "other", "source": str(self.ground.image)})
        self.api.ask("DELETE", "/v1/images/other")
