"""A program that measures itself: one line of input is one round, one line of output the answer."""
import subprocess


class Dialogue:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._name = arguments[0]
        self.answer("ready")

    def ask(self, line=""):
        self.tell([line])
        return self.answer()

    def tell(self, lines):
        """Asks without waiting for the answers, of which there is one for each line."""
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()

    def time(self, line=""):
        """Nanoseconds."""
        return int(self.ask(line).split()[0])

    def answer(self, wanted=None):
        line = self.process.stdout.readline().strip()
        if not line or (wanted and line != wanted):
            raise RuntimeError(f"{self._name} ended with {self.process.wait()}, and said {line!r}")
        return line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
