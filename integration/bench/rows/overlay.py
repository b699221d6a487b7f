"""An overlay made and unmounted from Swift, against the same calls from C."""
from contextlib import ExitStack

from support.report import Line, microseconds
from support.turns import in_turns

BAR = 1.1
#: Short as it is, it is measured more often.
TURNS = 20
FORMS = {"attached": "attached and unmounted", "detached": "as a step's: never attached here"}


def measure(bench, rounds):
    lines = []
    for lowers in (10, 100):
        for form, what in FORMS.items():
            ours, theirs = compare(bench, rounds, lowers, form)
            lines.append(Line(f"overlay of {lowers} lowers, {what}", "the same from C", ours, theirs, BAR, unit="µs"))
    return lines


def compare(bench, rounds, lowers, form):
    with ExitStack() as stack:
        programs = [
            stack.enter_context(make("overlay", form, bench.folder("overlay"), lowers))
            for make in (bench.probe, bench.reference)
        ]
        return map(microseconds, in_turns(rounds * TURNS, *(program.time for program in programs)))
