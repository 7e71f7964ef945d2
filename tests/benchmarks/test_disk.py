"""What the disk takes by itself stands beside what a commit takes."""

from pathlib import Path

from infrastructure.benchmarks.disk import disk_times
from tests.waiting import until


def test_the_disk_is_timed_while_something_else_is_measured(tmp_path: Path) -> None:
    with disk_times(tmp_path) as times_s:
        until(lambda: len(times_s) >= 2, "two writes were timed")
    written = list(times_s)
    assert all(0 < took_s < 60 for took_s in written)
    assert times_s == written
    assert list(tmp_path.iterdir()) == []
