"""A Meta that serves files as it is told to, on the loopback, in a thread."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-made-up-token"
MEDIA_ID = "100200300"


class MetaFiles:
    """One file behind one id. `statuses` are taken by the next downloads, one each."""

    def __init__(self, content: bytes = b"halo") -> None:
        self.content = content
        self.description: dict[str, Any] = {}
        self.description_status = 200
        self.statuses: list[int] = []
        self.location = ""
        self.announced_length: int | None = None
        self.calls: list[str] = []
        self.url = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def address(self) -> str:
        return f"{self.url}/file?hash=old"

    def described(self) -> dict[str, Any]:
        return {
            "url": f"{self.url}/file?hash=new",
            "sha256": self.sha256,
            "file_size": str(len(self.content)),
            "id": MEDIA_ID,
        } | self.description


def _answering(meta: MetaFiles) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            meta.calls.append(self.path)
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                self._send(401, b"{}")
            elif self.path.startswith(f"/v26.0/{MEDIA_ID}"):
                self._send(meta.description_status, json.dumps(meta.described()).encode())
            else:
                status = meta.statuses.pop(0) if meta.statuses else 200
                self._send(status, meta.content if status == 200 else b"", is_file=True)

        def _send(self, status: int, body: bytes, *, is_file: bool = False) -> None:
            self.send_response(status)
            length = meta.announced_length if is_file and meta.announced_length else len(body)
            self.send_header("content-length", str(length))
            if status in {301, 302}:
                self.send_header("location", meta.location)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is written about requests."""

    return Answer


@contextlib.contextmanager
def meta_files(content: bytes = b"halo") -> Iterator[MetaFiles]:
    """Serve until the block ends."""
    meta = MetaFiles(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(meta))
    meta.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield meta
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
