"""A project of 20,000 files in a git repository."""
import subprocess

FILES = 20_000
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
STATUS = ["git", "status"]


def make(path):
    """20 directories of 10 of 100 files, from 100 bytes to 4 KB."""
    for number in range(FILES):
        folder = path / f"part{number // 1000:02}" / f"module{number // 100 % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"source{number % 100:02}.c").write_text(f"/* {number} */\n" * (8 + number * 37 % 250))
    git(path, "init", "--quiet")
    # Nothing is to go on in the background.
    git(path, "config", "gc.auto", "0")
    git(path, "add", ".")
    git(path, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "All files")


def edit(path, number):
    """Changes one file, another one for every number."""
    number = number * 7919 % FILES
    folder = path / f"part{number // 1000:02}" / f"module{number // 100 % 10}"
    with open(folder / f"source{number % 100:02}.c", "a") as file:
        file.write("/* edit */\n")


def git(path, *arguments):
    subprocess.run(["git", *arguments], cwd=path, env={"PATH": "/usr/bin:/bin", **GIT}, check=True)
