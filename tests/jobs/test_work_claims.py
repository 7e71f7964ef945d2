"""Leases on work: one holder, taken over when it falls silent, not before its time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from infrastructure.postgres.connections import connect, enter_tenant, open_pool
from jobs.work_claims import Claim, WorkKey, claim, finish, kept_alive, put_back, renew
from tests.database import HubDatabase
from tests.domain.given import TENANT
from tests.waiting import until

KEY = WorkKey(tenant_id=TENANT, kind="assess_message.v1", reference=uuid4())


@pytest.fixture
def session(database: HubDatabase) -> Iterator[Connection[Any]]:
    with connect(database.work_url, name="tests-claims") as connection:
        enter_tenant(connection, TENANT)
        yield connection


def taken(session: Connection[Any]) -> Claim:
    held = claim(session, KEY)
    assert held is not None
    return held


def test_work_has_one_holder(session: Connection[Any]) -> None:
    assert taken(session).attempt == 1
    assert claim(session, KEY) is None


def test_silent_work_is_taken_over_and_the_former_holder_can_change_nothing(
    session: Connection[Any], database: HubDatabase
) -> None:
    former = taken(session)
    session.execute("UPDATE hub.work_attempt SET lease_until = now() - interval '1 second'")
    present = taken(session)
    assert (present.attempt, present.token > former.token) == (2, True)
    finish(session, former)
    assert claim(session, KEY) is None
    finish(session, present)
    assert taken(session).attempt == 1


def test_work_that_is_under_way_stays_with_its_holder_and_is_free_soon_after_its_end(
    session: Connection[Any], database: HubDatabase
) -> None:
    held = taken(session)
    session.commit()
    with open_pool(database.work_url, name="tests-lease", max_size=1) as pool:
        with kept_alive(pool, held, lease_s=0.6, every_s=0.1):
            first = lease_until(session)
            until(lambda: lease_until(session) > first + timedelta(seconds=1), "it was renewed")
            assert attempt_to_claim(session) is None
        until(lambda: attempt_to_claim(session) is not None, "it is free")


def test_a_lease_that_was_lost_is_not_renewed(session: Connection[Any]) -> None:
    former = taken(session)
    session.execute("UPDATE hub.work_attempt SET lease_until = now() - interval '1 second'")
    present = taken(session)
    assert not renew(session, former)
    assert renew(session, present)
    put_back(session, present, due_at=datetime.now(UTC), error="unavailable")
    assert not renew(session, present)


def lease_until(session: Connection[Any]) -> datetime:
    with session.transaction():
        enter_tenant(session, TENANT)
        row = session.execute("SELECT lease_until FROM hub.work_attempt").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def attempt_to_claim(session: Connection[Any]) -> Claim | None:
    with session.transaction():
        enter_tenant(session, TENANT)
        return claim(session, KEY)


def test_work_that_was_put_back_waits_for_its_time(session: Connection[Any]) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    put_back(session, taken(session), due_at=later, error="unavailable")
    assert claim(session, KEY) is None
    session.execute("UPDATE hub.work_attempt SET due_at = now()")
    assert taken(session).attempt == 2


def test_work_that_was_not_ready_counts_no_attempt(session: Connection[Any]) -> None:
    now = datetime.now(UTC) - timedelta(seconds=1)
    put_back(session, taken(session), due_at=now, error="not_ready", counts=False)
    assert taken(session).attempt == 1


def test_another_firm_sees_nothing_of_it(session: Connection[Any]) -> None:
    taken(session)
    enter_tenant(session, uuid4())
    assert session.execute("SELECT count(*) FROM hub.work_attempt").fetchone() == (0,)
