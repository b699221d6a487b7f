"""The same pipelines by `docker build` with BuildKit, where there is one; nobody's bars."""
import itertools
import subprocess

from support import source_tree, turns
from support.daemon import make_root
from support.pipelines import STEPS
from support.report import Line, milliseconds

ENVIRONMENT = {"DOCKER_BUILDKIT": "1"}


def measure(bench, rounds):
    reason = missing()
    if reason:
        print(f"peers: BuildKit and docker: {reason}")
        return []
    tree = bench.folder("tree")
    source_tree.make(tree)
    base = bench.folder("base") / "root"
    make_root(base)
    subprocess.run(f"tar -C {base} -c . | docker import - varve-bench-base", shell=True, check=True, capture_output=True)
    steps = "RUN --network=none true\n" * STEPS
    edits = itertools.count()

    def build(context, document, *flags):
        file = bench.root / "Dockerfile"
        file.write_text(f"FROM varve-bench-base\n{document}")
        return turns.run(["docker", "build", "--quiet", *flags, "--file", str(file), str(context)], None, ENVIRONMENT)

    def build_after_edit():
        source_tree.edit(tree, next(edits))
        turns.rest()
        return build(tree, "COPY . /workspace\n" + steps)

    small = bench.folder("small")
    build(tree, "COPY . /workspace\n" + steps)
    try:
        cold, cached, edited = turns.in_turns(
            rounds,
            lambda: build(small, steps, "--no-cache"),
            lambda: build(tree, "COPY . /workspace\n" + steps),
            build_after_edit,
        )
    finally:
        subprocess.run(["docker", "image", "rm", "--force", "varve-bench-base"], capture_output=True)
    return [
        Line(f"`docker build`: {STEPS} uncached steps", "", milliseconds(cold), rule="value"),
        Line(f"`docker build`: {STEPS} hits, 20,000 files", "", milliseconds(cached), rule="value"),
        Line(f"`docker build`: one of 20,000 files edited, {STEPS} steps", "", milliseconds(edited), rule="value"),
    ]


def missing():
    try:
        answer = subprocess.run(["docker", "version"], capture_output=True, timeout=20)
    except FileNotFoundError:
        return "not installed"
    return None if answer.returncode == 0 else "not running"
