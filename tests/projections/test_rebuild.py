"""A rebuild gives what following gives, and swaps it in without anybody noticing."""

from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following.listener import Connect
from projections import PROJECTIONS
from projections.benchmarks.stories import Firm
from projections.projection import Projection
from projections.rebuild import rebuild, verify
from tests.event_store import FIRM, OTHER_FIRM, Store, count_rows, follow_once


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_a_rebuild_equals_the_live_rows(
    projection: Projection, follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm, other = Firm(FIRM), Firm(OTHER_FIRM, seed=2)
    for _ in range(4):
        store(firm.consultation())
        store(other.consultation())
        follow_once(follow, [projection.name])

    result = rebuild(projection, connect_follow)

    assert result.compared is not None
    assert result.compared.is_equal, result.compared
    assert result.rows == count_rows(follow, projection.name)
    assert verify(projection, connect_follow).is_equal
