"""`crun run` of the bundle that a step got, as the reference for steps."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from support import pipelines
from support.dialogue import Dialogue


class Container:
    """The bundle of a step, with a plain directory as its root instead of the overlays."""

    def __init__(self, bench, daemon):
        self.folder = bench.folder("bundle")
        self.group = f"varve-bench-{os.getpid()}"
        seen = self._capture(bench, daemon)
        configuration = json.loads(seen["config.json"].replace(seen["path"], str(self.folder)))
        configuration["linux"]["cgroupsPath"] = f"/{self.group}/step"
        arguments = configuration["process"]["args"]
        arguments[-1] = "true"
        (self.folder / "config.json").write_text(json.dumps(configuration))
        root = self.folder / "rootfs"
        shutil.copytree(daemon.base, root, symlinks=True)
        for mount in configuration["mounts"]:
            place = root / mount["destination"].lstrip("/")
            if mount["type"] == "bind" and pathlib.Path(mount["source"]).is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                if not str(place).startswith(f"{root}/dev/"):
                    place.touch()
            else:
                place.mkdir(parents=True, exist_ok=True)
        (root / "workspace").mkdir(exist_ok=True)

    def _capture(self, bench, daemon):
        """Copies what is in the bundle of a step while it runs.

        Not of a daemon's first one: later ones carry the seccomp filter ready made, which saves the runtime its making."""
        project = bench.folder("capture")
        daemon.run(pipelines.project(project, pipelines.chain("none", steps=2)), project)
        pipeline = pipelines.project(project, pipelines.chain("none", "sleep 60", steps=1))
        client = subprocess.Popen(
            [daemon.varve, "--socket", daemon.socket, "run", pipeline], cwd=project,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        mounts = daemon.runtime / "mounts" / daemon.store_id
        deadline = time.monotonic() + 20
        while not (found := [path for path in mounts.glob("*/config.json") if path.stat().st_size]):
            if time.monotonic() > deadline:
                raise RuntimeError("no step came up")
            time.sleep(0.01)
        bundle = found[0].parent
        for name in ("resolv.conf", "hosts", "hostname"):
            shutil.copy(bundle / name, self.folder / name)
        seen = {"path": str(bundle), "config.json": found[0].read_text()}
        client.send_signal(signal.SIGINT)
        client.wait()
        return seen

    def __enter__(self):
        loop = pathlib.Path(__file__).with_name("container_loop.py")
        self._loop = Dialogue(
            "unshare", "--mount", "--propagation", "private", sys.executable, "-B", str(loop), str(self.folder)
        )
        return self

    def __exit__(self, *_):
        self._loop.__exit__()
        # An interrupted crun leaves its container; a whole one only the group above.
        subprocess.run(["crun", "--root", self.folder / "state", "delete", "--force", "varve-bench"], capture_output=True)
        root = pathlib.Path("/sys/fs/cgroup")
        for hierarchy in (root, *root.iterdir()):
            for group in (hierarchy / self.group / "step", hierarchy / self.group):
                if group.exists():
                    group.rmdir()

    def run(self):
        """Nanoseconds."""
        return self._loop.time()
