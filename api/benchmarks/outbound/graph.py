"""The Graph API of a measurement as the measuring process sees it."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.checkout import CHECKOUT


class GraphJournal(NamedTuple):
    """When messages came in, with their callback data, and when some were refused."""

    accepted: list[tuple[float, str]]
    refused: list[float]

    def only(self, messages: Collection[UUID]) -> "GraphJournal":
        """What came in of these messages: a worker also sends what earlier rounds left."""
        wanted = {str(message) for message in messages}
        mine = [each for each in self.accepted if each[1].partition(".")[0] in wanted]
        return GraphJournal(mine, self.refused)

    def rate(self) -> float:
        """Messages per second, without the first and the last twentieth."""
        moments = [moment for moment, _ in self.accepted]
        cut = len(moments) // 20
        middle = moments[cut : len(moments) - cut]
        return (len(middle) - 1) / (middle[-1] - middle[0])

    def wrong(self, expected: int) -> int:
        """Messages that came never or twice."""
        ids = [callback.partition(".")[0] for _, callback in self.accepted]
        return abs(expected - len(set(ids))) + len(ids) - len(set(ids))


class MeasuredGraph:
    """Tells the server what to do and asks what came in."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def tell(self, command: str) -> Any:
        """Give a command; returns the server's answer."""
        with urllib.request.urlopen(f"{self.url}/bench/{command}", timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def journal(self) -> GraphJournal:
        """Everything that came in since the last reset."""
        told = self.tell("journal")
        accepted = [(moment, callback) for moment, callback in told["accepted"]]
        return GraphJournal(accepted, told["refused"])

    def wait_for(self, count: int, *, within_s: float) -> None:
        """Wait until so many messages came in. Raises MeasurementFailedError."""
        self._wait(lambda: int(self.tell("count")), count, within_s)

    def wait_for_all(self, messages: Collection[UUID], *, within_s: float) -> GraphJournal:
        """Wait until as many came in as these messages are. Raises MeasurementFailedError."""
        self.wait_for(len(messages), within_s=within_s)
        self._wait(lambda: len(self.journal().only(messages).accepted), len(messages), within_s)
        return self.journal().only(messages)

    def _wait(self, come: Callable[[], int], count: int, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while (seen := come()) < count:
            if time.monotonic() > deadline:
                raise MeasurementFailedError(
                    f"Of {count} messages {seen} came within {within_s:g} s. "
                    "Look whether the machine is busy and measure again."
                )
            time.sleep(0.02)


@contextlib.contextmanager
def measured_graph() -> Iterator[MeasuredGraph]:
    """Run the server until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "api.benchmarks.outbound.graph_server"],
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as process:
        try:
            port = process.stdout.readline() if process.stdout else b""
            if not port:
                raise MeasurementFailedError("The server to send to did not start.")
            yield MeasuredGraph(int(port))
        finally:
            process.kill()
