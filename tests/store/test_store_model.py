"""Random appends, one group after the other, leave what a simple model of the store says."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.ports.journal import AppendOutcome, CommandReceipt
from infrastructure.postgres.append_call import (
    AppendCall,
    EncodedEvent,
    EncodedRequest,
    group_requests,
)
from tests.database import HubDatabase

TENANTS = [UUID(int=number) for number in (1, 2)]
STREAMS = [UUID(int=number) for number in range(10, 14)]
EVENT_IDS = [UUID(int=number) for number in range(100, 106)]


class Model:
    """The store in a few lines: what each append must be answered, decided one by one."""

    def __init__(self) -> None:
        self.events: dict[tuple[UUID, int], tuple[UUID, UUID]] = {}
        self.receipts: dict[tuple[UUID, str], tuple[str, bytes]] = {}
        self.heads: dict[UUID, int] = {}

    def append(self, request: EncodedRequest) -> tuple[AppendOutcome, bytes | None]:
        tenant_id = request.tenant_id
        known = [self.events.get((e.stream_id, e.stream_version)) for e in request.events]
        if known == [(tenant_id, event.event_id) for event in request.events]:
            return AppendOutcome.STORED, None
        receipt = request.receipt and self.receipts.get((tenant_id, request.receipt.key))
        if request.receipt and receipt:
            if receipt[0] == request.receipt.body_digest:
                return AppendOutcome.REPEATED, receipt[1]
            return AppendOutcome.RECEIPT_CONFLICT, None
        if request.is_lenient and all(
            found is not None and found[0] == tenant_id and event.stream_version == 1
            for found, event in zip(known, request.events, strict=True)
        ):
            return AppendOutcome.DUPLICATE, None
        if any(known) or self._leaves_a_gap(request):
            return AppendOutcome.CONFLICT, None
        for event in request.events:
            self.events[event.stream_id, event.stream_version] = (tenant_id, event.event_id)
            self.heads[tenant_id] = self.heads.get(tenant_id, 0) + 1
        if request.receipt:
            key = (tenant_id, request.receipt.key)
            self.receipts[key] = (request.receipt.body_digest, request.receipt.result)
        return AppendOutcome.STORED, None

    def _leaves_a_gap(self, request: EncodedRequest) -> bool:
        firsts: dict[UUID, int] = {}
        for event in request.events:
            firsts.setdefault(event.stream_id, event.stream_version)
        return any(
            version > 1
            and self.events.get((stream_id, version - 1), (None,))[0] != request.tenant_id
            for stream_id, version in firsts.items()
        )


@some.composite
def requests(draw: some.DrawFn) -> EncodedRequest:
    """A request on one or two streams, often in the way of another one."""
    streams = draw(some.lists(some.sampled_from(STREAMS), min_size=1, max_size=2, unique=True))
    events: list[EncodedEvent] = []
    for stream_id in streams:
        first, length = draw(some.integers(1, 3)), draw(some.integers(1, 2))
        events += [
            EncodedEvent(stream_id, version, "t.v1", b"{}", draw(some.sampled_from(EVENT_IDS)))
            for version in range(first, first + length)
        ]
    receipt = draw(
        some.none()
        | some.builds(
            CommandReceipt,
            key=some.sampled_from("ab"),
            body_digest=some.sampled_from("xy"),
            result=some.binary(max_size=2),
        )
    )
    return EncodedRequest(
        draw(some.sampled_from(TENANTS)), tuple(events), receipt, draw(some.booleans())
    )


@pytest.fixture
def connection(database: HubDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.follow_url) as opened:
        yield opened


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(wanted=some.lists(requests(), max_size=12))
def test_groups_of_requests_are_answered_as_if_each_came_alone(
    connection: psycopg.Connection, wanted: list[EncodedRequest]
) -> None:
    model, call = Model(), AppendCall()
    try:
        for group in group_requests(wanted):
            for request, found in zip(group, call.append(connection, group), strict=True):
                assert (found.outcome, found.receipt_result) == model.append(request)
                is_stored = found.outcome is AppendOutcome.STORED
                assert len(found.places) == (len(request.events) if is_stored else 0)
        rows = connection.execute(
            "SELECT originator_id, originator_version, tenant_id, event_id FROM hub.events"
        ).fetchall()
        assert {(row[0], row[1]): (row[2], row[3]) for row in rows} == model.events
        for tenant_id, head in model.heads.items():
            seqs = connection.execute(
                "SELECT tenant_seq FROM hub.events WHERE tenant_id = %s ORDER BY notification_id",
                (tenant_id,),
            ).fetchall()
            assert [row[0] for row in seqs] == list(range(1, head + 1))
    finally:
        connection.rollback()
