"""The API without the client: what is left of a run's time when no program has to start."""
import http.client
import json
import socket
import time


class Connection:
    """HTTP as far as the daemon speaks it, with as little of a client as Python allows: its own takes longer for a request than
    the daemon does for a short answer."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)

    def close(self):
        self._socket.close()

    def ask(self, method, path, body=None):
        """The answer's object."""
        content = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if content else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: varve\r\n{kind}Content-Length: {len(content)}\r\n\r\n"
        self._socket.sendall(head.encode() + content)
        status, headers, answer = self._head()
        while len(answer) < int(headers[b"content-length"]):
            answer += self._receive()
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.decode()}")
        return json.loads(answer)

    def stream(self, path):
        """All bytes of an answer whose length nobody knows beforehand."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: varve\r\n\r\n".encode())
        answer = http.client.HTTPResponse(self._socket, method="GET")
        answer.begin()
        return answer.read()

    def _head(self):
        received = self._receive()
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        return int(first.split()[1]), headers, rest

    def _receive(self):
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionError("the daemon has closed the connection")
        return received


class Wire:
    def __init__(self, path):
        self._path = path

    def answers(self):
        try:
            self.get("/v1/info")
            return True
        except OSError:
            return False

    def get(self, path):
        return self.connection().ask("GET", path)

    def connection(self):
        """One on which several requests can be sent, one after the other."""
        return Connection(self._path)

    def run(self, pipeline, workspace, directory):
        """Nanoseconds from the registering of the revision to the run's last event, which has to be a success.

        On one connection, and the events are read and not looked at."""
        connection = self.connection()
        start = time.perf_counter_ns()
        revision = connection.ask("POST", f"/v1/workspaces/{workspace}/revisions", {"path": directory})
        run = connection.ask(
            "POST", "/v1/runs",
            {"pipeline": pipeline, "workspace": workspace, "revision": revision["digest"], "options": {"attached": True}},
        )
        last = connection.stream(f"/v1/runs/{run['id']}/events").splitlines()[-1]
        elapsed = time.perf_counter_ns() - start
        connection.close()
        end = json.loads(last)
        if end.get("kind") != "build_end" or end["exit_code"] != 0:
            raise RuntimeError(f"a run ended with {end}")
        return elapsed
