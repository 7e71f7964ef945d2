"""Another system of the firm: a web server on the loopback that remembers each call it took."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

REFUSED_SHARE: Final = 0.02
"""Share of first calls that are answered with 503, so that they come again."""


class OtherSystem:
    """What was told. Each event is refused once at most."""

    def __init__(self, *, seed: int) -> None:
        self.origin = ""
        self._random = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._lock = threading.Lock()
        self._bodies: dict[str, set[bytes]] = {}
        self._taken: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """The address that is told."""
        return f"{self.origin}/hook"

    def taken(self) -> Counter[str]:
        """How often each event was taken, by the id that the call gave it."""
        with self._lock:
            return Counter(self._taken)

    def changed(self) -> set[str]:
        """The events that came with different bodies under one id."""
        with self._lock:
            return {event for event, bodies in self._bodies.items() if len(bodies) > 1}

    def take(self, event_id: str, body: bytes) -> int:
        """Take a call in; returns the status of the answer."""
        with self._lock:
            is_first = event_id not in self._bodies
            self._bodies.setdefault(event_id, set()).add(body)
            if is_first and self._random.random() < REFUSED_SHARE:
                return 503
            self._taken[event_id] += 1
            return 200


@contextmanager
def other_system(*, seed: int) -> Iterator[OtherSystem]:
    """Run one while the block runs."""
    system = OtherSystem(seed=seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(system.take(self.headers["webhook-id"], body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    system.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
