"""A `varved` on a store of its own, and an image of busybox alone."""
import os
import shutil
import subprocess
import time

from support import turns
from support.wire import Wire

IMAGE = "bench"


class Daemon:
    def __init__(self, programs, folder, runtime):
        self.varve = str(programs / "varve")
        self.folder = folder
        self.socket = str(folder / "varve.sock")
        self.runtime = runtime
        self.base = folder / "busybox"
        self._log = open(folder / "varved.log", "w+")
        self.process = subprocess.Popen(
            [programs / "varved", "--store", folder / "store", "--socket", self.socket, "--config", "/dev/null",
             "--runtime-directory", self.runtime],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )
        self.wire = Wire(self.socket)

    def __enter__(self):
        try:
            self._wait()
            if not self.base.exists():
                make_root(self.base)
                turns.run([self.varve, "--socket", self.socket, "image", "import", IMAGE, str(self.base)])
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self):
        deadline = time.monotonic() + 30
        while not self.wire.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                raise RuntimeError(f"varved did not come up: {self._log.read()}")
            time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self._log.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    @property
    def store_id(self):
        return self.wire.get("/v1/info")["store_id"]

    def run(self, pipeline, directory, *extra):
        """Nanoseconds that the whole of `varve run` takes."""
        return turns.run([self.varve, "--socket", self.socket, "run", pipeline, *extra], directory)

    def memory(self):
        """Kilobytes: resident now, and at most so far."""
        with open(f"/proc/{self.process.pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return int(fields["VmRSS"].split()[0]), int(fields["VmHWM"].split()[0])


def make_root(path):
    for folder in ("bin", "etc", "tmp", "root"):
        os.makedirs(path / folder)
    shutil.copy("/bin/busybox", path / "bin/busybox")
    for applet in ("sh", "true", "sleep", "seq", "yes", "head", "cat"):
        os.symlink("busybox", path / "bin" / applet)
    (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
