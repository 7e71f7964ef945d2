"""Where several workers share the tests, each hub is started once and long files begin first."""

from collections import Counter
from typing import Any

import pytest

from infrastructure.checkout import CHECKOUT
from tests.distribution import HUBS, LONGEST, longest_first, scope_of


def hub_of(item: Any) -> str | None:
    """The hub that a test shares with the tests of other files."""
    for name in HUBS:
        definitions = item._fixtureinfo.name2fixturedefs.get(name, ())
        if definitions and definitions[-1].scope == "session":
            return name
    return None


def test_a_test_that_needs_a_shared_hub_runs_where_that_hub_is(
    request: pytest.FixtureRequest,
) -> None:
    elsewhere = {
        item.nodeid
        for item in request.session.items
        if (hub := hub_of(item)) is not None and scope_of(item.nodeid) != hub
    }
    assert elsewhere == set()


@pytest.mark.parametrize("path", [path for paths in HUBS.values() for path in paths])
def test_what_is_said_to_share_a_hub_exists(path: str) -> None:
    assert (CHECKOUT / path).exists()


@pytest.mark.parametrize("scope", LONGEST)
def test_what_is_said_to_take_long_exists(scope: str) -> None:
    assert scope in HUBS or (CHECKOUT / scope).is_file()


def test_what_takes_long_begins_first_and_then_the_files_with_most_tests(
    request: pytest.FixtureRequest,
) -> None:
    items = list(request.session.items)
    longest_first(items)
    scopes = list(dict.fromkeys(scope_of(item.nodeid) for item in items))
    long = [scope for scope in LONGEST if scope in scopes]
    assert scopes[: len(long)] == long
    counted = Counter(scope_of(item.nodeid) for item in items)
    sizes = [counted[scope] for scope in scopes[len(long) :]]
    assert sizes == sorted(sizes, reverse=True)
