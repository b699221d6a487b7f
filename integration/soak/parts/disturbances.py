"""When something was wrong on purpose: an operation that was under way then may fail, any other may not."""
import contextlib
import threading
import time


class Disturbances:
    def __init__(self):
        self._lock = threading.Lock()
        self._open = 0
        self._ended = 0.0
        self.now = ""
        #: Of the soak's own clock: kind, begin, end.
        self.past = []

    @contextlib.contextmanager
    def during(self, kind, clock):
        with self._lock:
            self._open += 1
            self.now = kind
        begin = clock()
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
                self._ended = time.monotonic()
                self.now = ""
                self.past.append((kind, begin, clock()))

    def reached(self, begin):
        """Whether something was wrong at any time since then."""
        with self._lock:
            return self._open > 0 or self._ended >= begin
