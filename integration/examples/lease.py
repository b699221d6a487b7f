#!/usr/bin/env python3
"""Runs a chain of cached steps by an OCI runtime of your own, on leases of a varved.

A STEP is an object as in POST /v1/leases, and stands on what the one before left:

  lease.py '{"key": "base", "cmd": "apk add npm", "image": "alpine:3", "cache": "forever", "network": "host"}' \\
           '{"key": "deps", "cmd": "npm ci", "cache": {"on_change": ["package-lock.json"]}, "network": "host"}'

A step whose result is in the cache is not run. Of the others, the command is run in the environment that the daemon
prepares, and what it leaves is kept if it succeeds.

Needs the runtime, and the rights of an admin of the daemon, on the daemon's host; of Python nothing but its own library.
The commands' output is passed through, everything else goes to standard error.

Exit status: that of the first command that fails, 0 if none does; 128 + N after signal N; 125 if Varve or this program
fails; 2 for a wrong command line. SIGINT, SIGTERM and SIGHUP end the command and give up its lease.
"""
import argparse
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import uuid

# How long to go on trying while the daemon is being restarted, or while somebody looks at a lease's tree.
PATIENCE = 30


class Refused(Exception):
    """What the daemon answered, or that it did not."""

    def __init__(self, problem):
        self.code = problem.get("code", "")
        super().__init__(f"{problem.get('detail', problem)}\n  fix: {problem.get('fix', 'see the log of varved')}")


class Cancelled(Exception):
    """A signal has asked for the end."""


class Daemon:
    """The API of a varved on its Unix socket."""

    class Connection(http.client.HTTPConnection):
        def __init__(self, path, timeout):
            super().__init__("varve", timeout=timeout)
            self.path = path

        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            try:
                self.sock.connect(self.path)
            except OSError as error:
                raise OSError(error.errno, os.strerror(error.errno), self.path) from error

    def __init__(self, path):
        self.path = path

    def request(self, method, path, body=None, headers=None, timeout=None):
        """The answer to one request, as (status, object). Raises OSError or HTTPException where there is none.

        An image that has to be fetched, or a tree with much in it, takes its time: a signal is what ends the wait."""
        with contextlib.closing(self.Connection(self.path, timeout)) as connection:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
        value = json.loads(text) if text else {}
        if answer.status >= 400:
            raise Refused(value)
        return answer.status, value

    def insist(self, *arguments):
        """As `request`, for what means the same when it is repeated."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.request(*arguments)
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > end:
                    raise Refused({"detail": f"the daemon behind {self.path} does not answer: {error}"}) from error
            time.sleep(0.5)


class Signals:
    """Takes note of the signals that ask for the end; what is under way is ended where it is known what that is.

    A request that is under way may name a lease that has to be given back: its answer is waited for, but not for ever."""

    def __init__(self):
        self.received = None
        signal.signal(signal.SIGALRM, self.give_up)
        self.wakeup, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.note)

    def note(self, number, _):
        if not self.received:
            signal.alarm(PATIENCE)
        self.received = self.received or number

    def give_up(self, *_):
        raise Cancelled()

    def check(self):
        if self.received:
            raise Cancelled()


class Lease:
    """A prepared environment: given back at the end of the block unless it was committed."""

    def __init__(self, daemon, answer, ttl):
        self.daemon, self.ttl = daemon, ttl
        self.id, self.bundle = answer["id"], answer["bundle"]
        # What daemons outside of the bundle are told before and after the commit, so that they let go of volumes.
        self.quiesce = [volume["quiesce"] for volume in answer.get("volumes", []) if "quiesce" in volume]
        self.path = f"/v1/leases/{self.id}"
        self.live = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.live:
            return
        try:
            # `force` takes the tree from whoever still uses it.
            self.daemon.insist("DELETE", self.path + "?force=true", None, None, PATIENCE)
        except Refused as problem:
            say(f"lease {self.id} is left to its time limit: {problem}")

    def renew(self):
        """A renewal that fails is tried again with the next; if the lease has ended, its command has too."""
        with contextlib.suppress(Refused, OSError, http.client.HTTPException):
            self.daemon.request("POST", self.path + "/renew", {"ttl_seconds": self.ttl}, timeout=5)

    @contextlib.contextmanager
    def quiesced(self):
        """Around a commit: whatever comes of it, who was stopped is started again, the last one first."""
        with contextlib.ExitStack() as stopped:
            for commands in self.quiesce:
                if "after" in commands:
                    stopped.callback(self.call, commands["after"])
                if "before" in commands:
                    self.call(commands["before"])
            yield

    def call(self, command):
        if status := subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, check=False).returncode:
            raise Refused({"detail": f"‘{command}’ has failed with status {status}", "fix": "see its output"})

    def commit(self, exit_code, signals):
        """The snapshot; None for a command that failed, of which nothing is kept."""
        end = time.monotonic() + PATIENCE
        while True:
            # Its time does not run out while the commit is tried.
            self.renew()
            try:
                _, answer = self.daemon.insist("POST", self.path + "/commit", {"exit_code": exit_code})
                self.live = False
                return answer["snapshot"]
            except Refused as problem:
                # Something that looks at the tree from outside may hold it for a moment.
                if problem.code != "lease-busy" or time.monotonic() > end:
                    raise
                say(f"waiting: {problem}")
            signals.check()
            time.sleep(0.5)


def execute(runtime, lease, signals):
    """Runs the lease's bundle, renewing the lease meanwhile, and gives the command's exit status."""
    # It is there once the container is: without it, the status is the runtime's own.
    started = pathlib.Path(lease.bundle, "started")
    # In a session of its own: what is typed at the terminal reaches this program alone.
    process = subprocess.Popen(
        [runtime, "run", "--pid-file", started, "--bundle", lease.bundle, lease.id],
        stdin=subprocess.DEVNULL, start_new_session=True)
    ended = os.pidfd_open(process.pid)
    try:
        while True:
            ready, _, _ = select.select([ended, signals.wakeup], [], [], max(lease.ttl / 3, 0.5))
            signals.check()
            if ended in ready:
                status = process.wait()
                if status and not started.exists():
                    raise Refused({"detail": f"{runtime} could not start the command", "fix": "see what it says"})
                return status if status >= 0 else 128 - status
            lease.renew()
    finally:
        os.close(ended)
        # The runtime may not have made the container yet, or be taking it down: the loop ends when it has ended.
        while process.poll() is None:
            subprocess.run([runtime, "kill", lease.id, "KILL"], stderr=subprocess.DEVNULL, check=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)


def ask(daemon, wish, signals):
    """The answer to a request for a lease, as (status, object)."""
    for attempt in range(3):
        signals.check()
        try:
            # The key makes a repetition after a lost answer the same request, not a second lease.
            return daemon.insist("POST", "/v1/leases", wish, {"Idempotency-Key": uuid.uuid4().hex})
        except Refused as problem:
            # The daemon was killed over the request. If it had prepared a lease, that ends when its time is up.
            if problem.code != "conflict" or attempt == 2:
                raise
    raise AssertionError("unreachable")


def run_step(daemon, options, revision, step, signals):
    """The snapshot that the step left, now or before. Ends the program if its command fails."""
    key = step.get("key")
    wish = {"step": step, "workspace": options.workspace, "revision": revision, "ttl_seconds": options.ttl}
    status, answer = ask(daemon, wish, signals)
    for warning in answer.get("warnings", []):
        say(f"{key}: warning: {warning['detail']}")
    if status == 200:
        say(f"{key}: hit {answer['snapshot']}")
        return answer["snapshot"]
    with Lease(daemon, answer, options.ttl) as lease:
        signals.check()
        say(f"{key}: running, {answer['reason']['code']}")
        exit_code = execute(options.runtime, lease, signals)
        with lease.quiesced() if exit_code == 0 else contextlib.nullcontext():
            snapshot = lease.commit(exit_code, signals)
    if exit_code:
        say(f"{key}: failed with status {exit_code}")
        sys.exit(exit_code)
    say(f"{key}: committed {snapshot}")
    return snapshot


def workspace_name(directory):
    """The name that `varve run` gives to a directory: another one of the same base name is another workspace."""
    path = os.fsencode(directory)
    base = re.sub(rb"[^A-Za-z0-9._:@-]", b"_", os.path.basename(path)[:100])
    return f"{base.decode()}-{hashlib.sha256(path).hexdigest()[:8]}"


def step_object(text):
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError
    return value


def command_line():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=pathlib.Path, default=".", help="the source that all steps see in /workspace, as it is now")
    parser.add_argument("--workspace", help="the name it is cached under (default: that of varve run)")
    parser.add_argument("--runtime", default="crun", help="the OCI runtime")
    parser.add_argument("--socket", default=os.environ.get("VARVE_SOCKET", "/run/varve/varve.sock"), help="the daemon's socket")
    parser.add_argument("--ttl", type=int, default=300, help="seconds a lease outlives this program if it is killed")
    parser.add_argument("steps", nargs="+", type=step_object, metavar="STEP")
    return parser.parse_args()


def say(text):
    print(f"{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def main(signals):
    options = command_line()
    daemon = Daemon(options.socket)
    directory = options.dir.resolve(strict=True)
    options.workspace = options.workspace or workspace_name(directory)
    # All steps see this one state of the source, whatever happens to it meanwhile.
    name = urllib.parse.quote(options.workspace, safe="")
    _, revision = daemon.request("POST", f"/v1/workspaces/{name}/revisions", {"path": str(directory)})
    base = {}
    for step in options.steps:
        base = {"parent": run_step(daemon, options, revision["digest"], {**base, **step}, signals)}


if __name__ == "__main__":
    noted = Signals()
    try:
        main(noted)
    except Cancelled:
        say("cancelled")
        sys.exit(128 + noted.received)
    except (Refused, OSError, http.client.HTTPException) as error:
        say(error)
        sys.exit(125)
