"""BullMQ, the queue that the commissioning documents name, sending to the same Graph API.

It is fetched with npm into a folder of its own that is gone afterwards. Without Node, or where npm
reaches no registry, there is no peer and the table says so.
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from api.benchmarks.outbound.graph import MeasuredGraph

PACKAGES: Final = ("bullmq@6", "ioredis@5", "undici@7")
INSTALL_LIMIT_S: Final = 90.0
RUN_LIMIT_S: Final = 60.0
SCRIPT: Final = Path(__file__).with_name("peer.mjs")


class Peer:
    """An installed BullMQ."""

    def __init__(self, node: str, folder: Path) -> None:
        self._node = node
        self._folder = folder

    def rate(self, graph: MeasuredGraph, redis_url: str, messages: int) -> float | None:
        """Messages per second at 50 calls at a time; None when it did not finish."""
        graph.tell("reset")
        try:
            subprocess.run(
                [self._node, "peer.mjs", _connection(redis_url), graph.url, str(messages)],
                cwd=self._folder,
                check=True,
                capture_output=True,
                timeout=RUN_LIMIT_S,
            )
        except (subprocess.SubprocessError, OSError):
            return None
        return graph.journal().rate()


@contextlib.contextmanager
def installed_peer() -> Iterator[Peer | None]:
    """Install the peer until the block ends; None where that is not possible."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="hub-bench-peer-") as name:
        folder = Path(name)
        shutil.copy(SCRIPT, folder / "peer.mjs")
        try:
            subprocess.run(
                [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=INSTALL_LIMIT_S,
            )
        except (subprocess.SubprocessError, OSError):
            yield None
            return
        yield Peer(node, folder)


def _connection(redis_url: str) -> str:
    """The options of the peer's client, which takes no unix:// address."""
    parts = urlsplit(redis_url)
    options: dict[str, object] = {}
    if parts.scheme == "unix":
        options["path"] = unquote(parts.path)
    else:
        options |= {"host": parts.hostname or "127.0.0.1", "port": parts.port or 6379}
        if parts.scheme == "rediss":
            options["tls"] = {}
    if parts.password:
        options["password"] = unquote(parts.password)
    return json.dumps(options)
