"""Fixtures of the HTTP surfaces: one stack per test process, a firm of its own for each test."""

import itertools
from collections.abc import Iterator

import pytest

from infrastructure.embedded import EmbeddedServers
from infrastructure.settings import Settings
from tests.api.firm import Firm
from tests.api.stack import Stack, running_stack

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stack(
    servers: EmbeddedServers, hub_settings: Settings, template_database: str
) -> Iterator[Stack]:
    """The server, its store and its read models."""
    name = f"hub_api_tests_{next(_numbers)}"
    with running_stack(servers, hub_settings, template_database, name) as running:
        yield running


@pytest.fixture
def firm(stack: Stack) -> Firm:
    """A firm that no other test knows."""
    return _firm(stack)


@pytest.fixture
def other_firm(stack: Stack) -> Firm:
    """Another firm of the same hub."""
    return _firm(stack)


def _firm(stack: Stack) -> Firm:
    firm = Firm(stack, f"Kantor Hukum {next(_numbers)}")
    stack.wait_until_seen(firm.tenant_id)
    return firm
