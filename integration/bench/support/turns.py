"""Times programs and compares them in turns, so that what else the machine does hits all sides alike."""
import os
import time

#: Seconds that a source tree is left alone before it is measured.
REST = 3


def in_turns(rounds, *sides, before=None):
    """Calls every side once per round and returns a list of what each of them answered.

    The order rotates, and the first round, which fills caches, does not count."""
    answers = [[] for _ in sides]
    for number in range(rounds + 1):
        for place in range(len(sides)):
            index = (place + number) % len(sides)
            if before:
                before()
            answer = sides[index]()
            if number:
                answers[index].append(answer)
    return answers


def rest():
    """Leaves the tree alone for three seconds, with nothing left to be written to the disk meanwhile."""
    os.sync()
    time.sleep(REST)


def run(arguments, directory=None, environment=None):
    """Nanoseconds that a program takes from its start to its end, its output thrown away; it has to succeed."""
    null = os.open("/dev/null", os.O_RDWR)
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        if directory:
            os.chdir(directory)
        start = time.perf_counter_ns()
        # subprocess takes a millisecond more.
        child = os.posix_spawnp(
            arguments[0],
            arguments,
            os.environ | (environment or {}),
            file_actions=[(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)],
        )
        _, status = os.waitpid(child, 0)
        elapsed = time.perf_counter_ns() - start
    finally:
        os.fchdir(here)
        os.close(here)
        os.close(null)
    if status != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return elapsed
