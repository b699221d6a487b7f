"""A step that writes one file to a volume of 100,000, against the same with a volume of one file; and against none."""
from support import pipelines, turns
from support.daemon import IMAGE
from support.report import Line, milliseconds

FILES = 100_000
BAR = 1.5


def measure(bench, rounds):
    project = bench.folder("project")
    small, large = pipeline("small", 1), pipeline("large", FILES)
    file = pipelines.project(project, small)
    with bench.daemon() as daemon:
        def run(text):
            with open(file, "w") as out:
                out.write(text)
            return daemon.run(file, project, "--workspace", "bench")

        for text in (small, large):
            run(text)
        use = {name: pipeline(name) for name in ("small", "large")}
        one, many, none = turns.in_turns(
            rounds, lambda: run(use["small"]), lambda: run(use["large"]), lambda: run(pipeline(None))
        )
    one, many, none = map(milliseconds, (one, many, none))
    return [
        Line(f"a step that adds to a volume of {FILES:,} files", "to one of 1 file", many, one, BAR),
        Line("a step that adds to a volume of 1 file", "without a volume", one, none, None, "difference"),
    ]


def pipeline(volume, files=None):
    """`files`: fills the volume with so many; else one is added."""
    fill = "mkdir -p /cache/d; i=0; while [ $i -lt %d ]; do i=$((i+1)); : > /cache/d/$i; done" % (files or 0)
    command = fill if files else ("echo x > /cache/added" if volume else "true")
    mounts = "[{volume: %s, path: /cache}]" % volume if volume else "[]"
    return (
        f"version: 1\nimage: {IMAGE}\nsteps:\n  - key: step\n    run: '{command}'\n"
        f"    network: none\n    mounts: {mounts}\n"
    )
