"""The API without the client: what is left of a run's time when no program has to start."""
import http.client
import json
import socket
import time


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("varve")
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)

    def ask(self, method, path, body=None):
        """The answer's object."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {content.decode()}")
        return json.loads(content)


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

        On one connection, and the events are read and not looked at: as little of a client as can be."""
        connection = self.connection()
        start = time.perf_counter_ns()
        revision = connection.ask("POST", f"/v1/workspaces/{workspace}/revisions", {"path": directory})
        run = connection.ask(
            "POST", "/v1/runs",
            {"pipeline": pipeline, "workspace": workspace, "revision": revision["digest"], "options": {"attached": True}},
        )
        connection.request("GET", f"/v1/runs/{run['id']}/events")
        answer = connection.getresponse()
        last = answer.read().splitlines()[-1]
        elapsed = time.perf_counter_ns() - start
        connection.close()
        end = json.loads(last)
        if end.get("kind") != "build_end" or end["exit_code"] != 0:
            raise RuntimeError(f"a run ended with {end}")
        return elapsed
