"""A home of its own for each test here: these tests start, stop and kill servers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.processes import processes_of
from tests.waiting import until


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hub-home-") as folder:
        yield Path(folder).resolve()
        until(lambda: not processes_of(Path(folder)), "nothing runs for the home any more")
