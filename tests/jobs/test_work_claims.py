"""Leases on work: one holder, taken over when it falls silent, not before its time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from infrastructure.postgres.connections import connect, enter_tenant
from jobs.work_claims import Claim, WorkKey, claim, finish, put_back
from tests.database import HubDatabase
from tests.domain.given import TENANT

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
