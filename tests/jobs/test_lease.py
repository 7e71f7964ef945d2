"""One lane, one holder: leases end by themselves, and a former holder can begin nothing."""

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from domain.identity import TenantId
from infrastructure.postgres.connections import HubPool
from infrastructure.unique_ids import new_id
from jobs.outbound.attempts import begin_attempts
from jobs.outbound.lease import LEASE_S, MARGIN_S, HeldLane, Leases, is_lost
from jobs.runtime import SendRuntime
from projections.outbox import outbox_messages
from tests.database import HubDatabase
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, message, ready, replied

__all__ = ["ready"]


def leases(pool: HubPool) -> Leases:
    return Leases(pool, new_id())


def end_lease(database: HubDatabase) -> None:
    """Let the time of every lease be over, as if its holder had said nothing for long."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("UPDATE hub.sender_lane SET lease_until = clock_timestamp()")


def taken(by: Leases) -> HeldLane:
    lane = by.take(TENANT, SENDER_ID)
    assert lane is not None
    return lane


def test_a_lane_has_one_holder_until_its_lease_ends(
    sending: SendRuntime, database: HubDatabase
) -> None:
    first, second = leases(sending.pool), leases(sending.pool)
    mine = taken(first)
    assert second.take(TENANT, SENDER_ID) is None
    end_lease(database)
    assert taken(second).token > mine.token


def test_a_lane_that_was_given_back_is_free_at_once(sending: SendRuntime) -> None:
    first, second = leases(sending.pool), leases(sending.pool)
    mine = taken(first)
    first.give_back([mine])
    assert not first.may_call(mine)
    assert taken(second).token > mine.token


def test_a_lane_of_one_firm_is_not_taken_in_the_name_of_another(
    sending: SendRuntime, database: HubDatabase
) -> None:
    taken(leases(sending.pool))
    end_lease(database)
    assert leases(sending.pool).take(TenantId(new_id()), SENDER_ID) is None


def test_a_holder_that_renews_keeps_its_lane_and_one_that_lost_it_knows(
    sending: SendRuntime, database: HubDatabase
) -> None:
    first, second = leases(sending.pool), leases(sending.pool)
    mine = taken(first)
    first.renew()
    assert first.may_call(mine)
    end_lease(database)
    taken(second)
    first.renew()
    assert not first.may_call(mine)


def test_a_holder_stops_calling_before_its_lease_ends(
    sending: SendRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("jobs.outbound.lease.time.monotonic", lambda: now[0])
    held = leases(sending.pool)
    mine = taken(held)
    now[0] += LEASE_S - MARGIN_S - 0.01
    assert held.may_call(mine)
    now[0] += 0.02
    assert not held.may_call(mine)


def test_a_former_holder_can_begin_no_attempt(
    ready: StoredStory,
    sending: SendRuntime,
    database: HubDatabase,
    follow: "Connection[Any]",
    meta: ScriptedMeta,
) -> None:
    end_lease(database)
    mine = taken(leases(sending.pool))
    sent = replied(ready)
    ready.catch_up()
    rows = outbox_messages(TENANT, [sent]).fetch(follow)
    end_lease(database)
    theirs = taken(leases(sending.pool))
    with pytest.raises(psycopg.Error) as caught:
        begin_attempts(sending, mine, rows)
    assert is_lost(caught.value)
    assert message(ready, sent).attempt == 0
    assert len(begin_attempts(sending, theirs, rows).attempts) == 1
    assert meta.requests == []


def test_what_a_former_holder_began_is_in_doubt_and_called_by_nobody(
    ready: StoredStory,
    sending: SendRuntime,
    database: HubDatabase,
    follow: "Connection[Any]",
    meta: ScriptedMeta,
) -> None:
    end_lease(database)
    mine = taken(leases(sending.pool))
    sent = replied(ready)
    ready.catch_up()
    rows = outbox_messages(TENANT, [sent]).fetch(follow)
    assert len(begin_attempts(sending, mine, rows).attempts) == 1
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state == "attempting"
    end_lease(database)
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state == "in_doubt"
