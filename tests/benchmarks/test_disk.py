"""What the disk takes by itself stands beside what a commit takes."""

import time
from pathlib import Path

from infrastructure.benchmarks.disk import disk_commits
from tests.waiting import until


def test_the_disk_is_timed_while_something_else_is_measured(tmp_path: Path) -> None:
    with disk_commits(tmp_path) as commits:
        until(lambda: len(commits) >= 2, "two writes were timed")
    written = list(commits)
    assert all(0 < commit.took_s < 60 for commit in written)
    assert written[0].began_at < written[1].began_at <= time.time()
    assert commits == written
    assert list(tmp_path.iterdir()) == []
