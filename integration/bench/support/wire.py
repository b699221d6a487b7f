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
        return self._ask(Connection(self._path), "GET", path)

    def run(self, pipeline, workspace, directory):
        """Nanoseconds from the registering of the revision to the run's last event, which has to be a success.

        On one connection, and the events are read and not looked at: as little of a client as can be."""
        connection = Connection(self._path)
        start = time.perf_counter_ns()
        revision = self._ask(connection, "POST", f"/v1/workspaces/{workspace}/revisions", {"path": directory})
        run = self._ask(
            connection, "POST", "/v1/runs",
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

    @staticmethod
    def _ask(connection, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {content.decode()}")
        return json.loads(content)
