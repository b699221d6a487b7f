"""The API as the load uses it: every answer is bounded in time, and a refusal is an error with its code."""
import http.client
import json
import socket


class Refusal(Exception):
    """An answer that is a problem."""

    def __init__(self, status, code, detail):
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


#: What a caller sees of a daemon that goes away.
LOST = (OSError, http.client.HTTPException)


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("varve", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class API:
    def __init__(self, socket_path):
        self.socket_path = socket_path

    def connection(self, timeout=120):
        return Connection(self.socket_path, timeout)

    def ask(self, method, path, body=None, timeout=120, content_type="application/json"):
        """The answer's object; the bytes of one that is none."""
        connection = self.connection(timeout)
        try:
            if body is not None and content_type == "application/json":
                body = json.dumps(body)
            connection.request(method, path, body, {"Content-Type": content_type} if body is not None else {})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kind = answer.getheader("Content-Type") or ""
        if answer.status >= 400:
            problem = json.loads(content) if "json" in kind else {}
            raise Refusal(answer.status, problem.get("code"), problem.get("detail"))
        return json.loads(content) if kind.startswith("application/json") else content

    def events(self, run, after=0, timeout=120):
        """Events of a run until its end, or until the connection breaks."""
        connection = self.connection(timeout)
        try:
            connection.request("GET", f"/v1/runs/{run}/events?after={after}")
            answer = connection.getresponse()
            if answer.status != 200:
                problem = json.loads(answer.read())
                raise Refusal(answer.status, problem.get("code"), problem.get("detail"))
            for line in answer:
                # The last line of a connection that broke may be half of one.
                if line.endswith(b"\n"):
                    yield json.loads(line)
        finally:
            connection.close()

    def stalled(self, path):
        """A connection on which something was asked for that nobody reads."""
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(10)
        peer.connect(self.socket_path)
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: varve\r\n\r\n".encode())
        return peer

    def abandoned_upload(self, path, content):
        """Half of an upload; then its sender goes away."""
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(60)
        try:
            peer.connect(self.socket_path)
            head = f"POST {path} HTTP/1.1\r\nHost: varve\r\nContent-Type: application/x-tar\r\nContent-Length: {len(content)}\r\n\r\n"
            peer.sendall(head.encode() + content[: len(content) // 2])
        finally:
            peer.close()
