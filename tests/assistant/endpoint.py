"""A stand-in for an OpenAI-compatible endpoint: a real HTTP server on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

ANSWER_SECONDS_MAX: Final = 10.0


class Answer(NamedTuple):
    """What the endpoint sends back."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def completion(content: str, *, finish: str = "stop") -> Answer:
    """A chat completion with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    body = {"object": "chat.completion", "choices": [{**choice, "finish_reason": finish}]}
    return Answer(json.dumps(body).encode())


class Endpoint:
    """Remembers every byte it received and answers as told."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        self.released.set()
        self.answer: Callable[[dict[str, Any]], Answer] = lambda _: completion("{}")
        self.base_url = ""

    def answers(self, fields: dict[str, object]) -> None:
        """From now on: a completion that holds this JSON object."""
        self.answers_text(json.dumps(fields))

    def answers_text(self, content: str) -> None:
        """From now on: a completion that holds this text."""
        self.answer = lambda _: completion(content)

    def fails(self, status: int, *headers: tuple[str, str]) -> None:
        """From now on: this status."""
        self.answer = lambda _: Answer(b"{}", status, headers)

    def take(self, body: bytes, headers: dict[str, str]) -> Answer:
        """One question."""
        self.received.append(body)
        self.headers.append(headers)
        self.released.wait(ANSWER_SECONDS_MAX)
        return self.answer(json.loads(body))


@contextmanager
def running_endpoint() -> Iterator[Endpoint]:
    """An endpoint that listens until the block ends."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is given by http.server
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = endpoint.take(body, dict(self.headers.items()))
            try:
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Nothing is written: a test reads `received`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
