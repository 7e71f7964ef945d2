"""A hub that is killed at each of its failpoints once, under load, keeps every promise."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from api.laboratory.course import Course, every_failpoint
from api.laboratory.site import crash_site
from infrastructure.embedded.errors import log_tail

RATE_PER_S = 3.0
SEED = 20261121


@pytest.mark.timeout(1500)
async def test_a_kill_at_every_failpoint_loses_nothing_and_sends_nothing_twice() -> None:
    with TemporaryDirectory(prefix="hub-crash-", ignore_cleanup_errors=True) as folder:
        async with crash_site(Path(folder)) as crash:
            course = Course(crash, seed=SEED, rate_per_s=RATE_PER_S, say=print)
            result = await course.run(every_failpoint(SEED))
        said = log_tail(Path(folder) / "hub.log", 500)
    assert result.violations == [], said
    assert result.not_met == [], said
    assert result.files > 0
    assert result.broadcast_messages > 0
    assert result.told > 0
    assert result.replies_taken > 0
    assert result.calls > result.replies_taken
