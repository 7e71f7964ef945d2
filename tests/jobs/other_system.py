"""Another system of a firm: a web server on the loopback that answers as told and remembers."""

import base64
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec


class Call(NamedTuple):
    """A call that came in."""

    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """Checks as the specification tells receivers to, with nothing of the hub's own."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed + self.body, "sha256").digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split(" ")


class OtherSystem:
    """Answers every path with the next status of `answers`, 200 when there is none left."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.before_answer: Callable[[], object] = lambda: None
        self.origin = ""

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"


@contextmanager
def other_system() -> Iterator[OtherSystem]:
    """Runs one while the block runs."""
    system = OtherSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            system.before_answer()
            system.calls.append(Call(headers, body))
            status = system.answers.pop(0) if system.answers else 200
            self.send_response(status)
            for name, value in system.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    system.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
