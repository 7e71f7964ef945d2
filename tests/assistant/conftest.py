"""Fixtures of the assistant's tests."""

from collections.abc import Iterator

import pytest

from infrastructure.assistant.local.adapter import LocalAssistant
from tests.assistant.endpoint import Endpoint, running_endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An OpenAI-compatible endpoint on the loopback."""
    with running_endpoint() as listening:
        yield listening


@pytest.fixture(scope="session")
def local() -> LocalAssistant:
    """The local adapter with the committed model."""
    return LocalAssistant()
