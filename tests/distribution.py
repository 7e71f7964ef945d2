"""Which worker runs which test file, and when, where several workers share the tests.

Files that need the same hub run on one worker, so that it is started once. What takes long begins
first: a worker that begins it last leaves the others with nothing to do.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import pytest
from xdist.scheduler import LoadFileScheduling

HUBS: Final[Mapping[str, tuple[str, ...]]] = {
    "shared_fragile_stage": (
        "tests/anomalies/test_kill_rounds.py",
        "tests/anomalies/test_killed_sender.py",
        "tests/anomalies/test_postgresql.py",
        "tests/anomalies/test_redis.py",
    ),
    "stage": (
        "tests/anomalies/test_send_faults.py",
        "tests/journeys/",
        "tests/telemetry/test_metrics.py",
        "tests/telemetry/test_one_trace.py",
    ),
}
"""The hubs that tests share, by the names of their fixtures, and the files that need each."""

LONGEST: Final = (
    "shared_fragile_stage",
    "tests/crash/test_failpoints.py",
    "tests/supervision/test_hub.py",
    "tests/anomalies/test_broadcast_round.py",
    "stage",
)
"""What takes longest, in this order; then the files with the most tests."""


def scope_of(nodeid: str) -> str:
    """What a test runs together with: a hub that it shares, or else its file."""
    file = nodeid.partition("::")[0]
    for hub, files in HUBS.items():
        if file.startswith(files):
            return hub
    return file


class HubScheduling(LoadFileScheduling):  # type: ignore[misc]
    """As `--dist loadfile`, but files that share a hub stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests so that long scopes begin first; within a scope their order stays."""
    sizes = Counter(scope_of(item.nodeid) for item in items)

    def rank(item: pytest.Item) -> tuple[int, int]:
        scope = scope_of(item.nodeid)
        place = LONGEST.index(scope) if scope in LONGEST else len(LONGEST)
        return place, -sizes[scope]

    items.sort(key=rank)
