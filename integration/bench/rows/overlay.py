"""An overlay made and unmounted from Swift, against the same calls from C."""
from contextlib import ExitStack

from support.report import Line, microseconds
from support.turns import in_turns

BAR = 1.1
#: Short as it is, it is measured more often.
TURNS = 20


def measure(bench, rounds):
    lines = []
    for lowers in (10, 100):
        attached, attached_c, system_call = compare(
            bench, rounds, lowers, ("probe", "attached"), ("reference", "attached"), ("reference", "umount2")
        )
        what = f"overlay of {lowers} lowers, attached and unmounted"
        lines += [
            Line(what, "the same from C", attached, attached_c, BAR, unit="µs"),
            Line("the same", "from C, without libmount", attached, system_call, unit="µs"),
        ]
        detached, detached_c = compare(bench, rounds, lowers, ("probe", "detached"), ("reference", "detached"))
        what = f"overlay of {lowers} lowers, as a step's: never attached here"
        lines.append(Line(what, "the same from C", detached, detached_c, BAR, unit="µs"))
    return lines


def compare(bench, rounds, lowers, *sides):
    with ExitStack() as stack:
        programs = []
        for kind, form in sides:
            folder = bench.folder("overlay")
            program = (
                bench.probe("overlay", form, folder, lowers)
                if kind == "probe"
                else bench.reference("overlay", form, folder, lowers)
            )
            programs.append(stack.enter_context(program))
        return map(microseconds, in_turns(rounds * TURNS, *(program.time for program in programs)))
