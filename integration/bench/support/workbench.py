"""A scratch file system with the programs under test in it, where `make install` puts them; gone at the end.

It is a new ext4 in a sparse file: how a disk has been used before, and how long it takes to find a free inode on it, is
nothing that is to be measured here. What daemons keep below /run lies in memory, as it does wherever systemd runs."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from support.daemon import Daemon
from support.dialogue import Dialogue

PROJECT = pathlib.Path(__file__).resolve().parents[3]
BUILD = PROJECT / ".build-release"
SIZE = 32 << 30


class Workbench:
    def __enter__(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="varve-bench.", dir="/var/tmp"))
        self.root = self.place / "disk"
        self.runtime = self.place / "run"
        self.programs = self.root / "bin"
        self._number = 0
        try:
            self._mount(self.place / "disk.ext4")
            self._install(BUILD / "release/varved", "bin")
            self._install(BUILD / "release/varve", "bin")
            self._install(BUILD / "static/varve-supervise", "libexec/varve")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Half of a million files are not to be left behind by impatience.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for mount in (self.root, self.runtime):
            if os.path.ismount(mount):
                subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.place, ignore_errors=True)

    def _mount(self, image):
        with open(image, "wb") as file:
            file.truncate(SIZE)
        # Nothing of it is left to be set up while something is measured.
        subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
        self.root.mkdir()
        subprocess.run(["mount", "-o", "loop", image, self.root], check=True)
        self.runtime.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "varve-bench", self.runtime], check=True)

    def _install(self, program, place):
        subprocess.run(["install", "--strip", "-D", "--target-directory", self.root / place, program], check=True)

    def folder(self, name):
        """A new empty directory."""
        self._number += 1
        path = self.root / f"{name}{self._number}"
        path.mkdir()
        return path

    def daemon(self, folder=None):
        """On the store in `folder`, or a new one."""
        folder = folder or self.folder("daemon")
        return Daemon(self.programs, folder, self.runtime / folder.name)

    def probe(self, *arguments):
        """The part that measures inside of Varve."""
        return Dialogue(BUILD / "release/varve-bench", *map(str, arguments))

    def reference(self, name, *arguments):
        """A C program of `reference/`."""
        return self._compiled(f"reference/{name}", arguments, ["-lsqlite3"])

    def client(self, name, *arguments):
        """A C program of `client/`, where Python would take too much of what is measured."""
        return self._compiled(f"client/{name}", arguments)

    def _compiled(self, name, arguments, libraries=()):
        program = self.root / name
        if not program.exists():
            program.parent.mkdir(exist_ok=True)
            source = PROJECT / f"integration/bench/{name}.c"
            subprocess.run(
                ["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source, *libraries], check=True
            )
        return Dialogue(program, *map(str, arguments))
