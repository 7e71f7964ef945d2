"""What the tests of supervised processes need."""

import pytest

from infrastructure.supervision import readiness


@pytest.fixture
def free_port() -> int:
    return readiness.free_port()
