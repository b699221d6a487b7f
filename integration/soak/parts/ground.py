"""What a soak stands on: a scratch directory, a small disk of its own for the store, a daemon that is restarted and killed."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from parts.api import API, LOST, Refusal

PROJECT = pathlib.Path(__file__).resolve().parents[3]
APPLETS = ("sh", "true", "sleep", "seq", "cat", "dd", "echo", "mkdir", "cp", "rm")
IMAGE = "soak"
#: Small enough to be filled in a second, large enough for a cycle's work.
DISK = 1 << 30
SETTINGS = ("--keep-runs", "30", "--keep-revisions", "4", "--disk-wait-seconds", "5", "--log-level", "info")


class Ground:
    """To be entered; leaving it takes everything away."""

    def __init__(self, programs):
        self.varved = programs / "varved"
        self.varve = programs / "varve"
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="varve-soak.", dir="/var/tmp"))
        self.disk = self.root / "disk"
        self.store = self.disk / "store"
        self.socket = self.root / "varve.sock"
        self.log = self.root / "varved.log"
        self.image = self.root / "image"
        self.api = API(str(self.socket))
        self.process = None
        self.store_id = None
        self.starts = 0

    def __enter__(self):
        try:
            self._mount_disk()
            make_image(self.image)
            self.start()
            self.store_id = self.api.ask("GET", "/v1/info")["store_id"]
            self.api.ask("POST", "/v1/images", {"name": IMAGE, "source": str(self.image)})
        except BaseException:
            self.__exit__()
            raise
        return self

    def _mount_disk(self):
        self.disk.mkdir()
        with open(self.root / "disk.image", "wb") as file:
            file.truncate(DISK)
        subprocess.run(["mkfs.ext4", "-q", self.root / "disk.image"], check=True)
        subprocess.run(["mount", "-o", "loop", self.root / "disk.image", self.disk], check=True)

    def __exit__(self, *_):
        # What takes long is not to be left half done by impatience.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for group in self.control_groups():
            for process in read(group / "cgroup.procs").split():
                os.kill(int(process), signal.SIGKILL)
        if self.store_id is not None:
            mounts = [line.split()[4] for line in read("/proc/self/mountinfo").splitlines() if self.store_id in line]
            for target in reversed(mounts):
                subprocess.run(["umount", "--lazy", target], check=False)
            shutil.rmtree(f"/run/varve/mounts/{self.store_id}", ignore_errors=True)
            for group in reversed(self.control_groups()):
                remove_group(group)
        if os.path.ismount(self.disk):
            subprocess.run(["umount", "--lazy", self.disk], check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def control_groups(self):
        """All of this store's, the outer ones first."""
        if self.store_id is None:
            return []
        tops = [pathlib.Path("/sys/fs/cgroup"), *pathlib.Path("/sys/fs/cgroup").iterdir()]
        groups = []
        for top in tops:
            for folder, _, _ in os.walk(top / "varve" / self.store_id):
                groups.append(pathlib.Path(folder))
        return groups

    # --- the daemon

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [self.varved, "--store", self.store, "--socket", self.socket, "--config", "/nonexistent", *SETTINGS],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        self.starts += 1
        deadline = time.monotonic() + 120
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"varved did not come up ({self.process.poll()}):\n{self.said()}")
            time.sleep(0.05)

    def end(self, number):
        """Sends the daemon a signal and waits for its end; seconds."""
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"varved does not end after signal {number}:\n{self.said()}") from None
        if status != (-number if number == signal.SIGKILL else 0):
            raise RuntimeError(f"varved ended with {status} after signal {number}:\n{self.said()}")
        return time.monotonic() - begin

    def answers(self):
        try:
            self.api.ask("GET", "/v1/info", timeout=10)
            return True
        except (*LOST, Refusal):
            return False

    def is_healthy(self):
        try:
            return self.api.ask("GET", "/v1/health", timeout=10)["status"] != "failed"
        except (*LOST, Refusal):
            return False

    def said(self):
        return read(self.log)[-8000:]

    # --- the disk

    def fill(self):
        """Takes all that is left of the disk."""
        descriptor = os.open(self.disk / "filler", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            piece, at = 64 << 20, 0
            while piece >= 4096:
                try:
                    os.posix_fallocate(descriptor, at, piece)
                    at += piece
                except OSError:
                    piece //= 2
        finally:
            os.close(descriptor)

    def free(self):
        os.unlink(self.disk / "filler")


def make_image(path):
    for folder in ("bin", "etc", "tmp", "root"):
        os.makedirs(path / folder)
    shutil.copy("/bin/busybox", path / "bin/busybox")
    for applet in APPLETS:
        os.symlink("busybox", path / "bin" / applet)
    (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")


def read(path):
    """A file's text, or none of one that has just gone."""
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""


def remove_group(path):
    """A control group is in use for a moment after its processes were killed."""
    for _ in range(100):
        try:
            os.rmdir(path)
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.05)
