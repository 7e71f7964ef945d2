"""Other systems are told what happens: signed, again after failures, each on its own."""

import functools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from psycopg import Connection

from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.message_content import (
    EditContent,
    MessageContent,
    ReactionContent,
    SystemNoticeContent,
    TextContent,
)
from domain.outbound_message import OutboundRefused
from domain.webhook_endpoint import (
    DisableWebhookEndpoint,
    EnableWebhookEndpoint,
    RemoveWebhookEndpoint,
    WebhookEndpointState,
)
from infrastructure.destinations.destination import DestinationGuard
from infrastructure.destinations.guarded_call import GuardedClient
from infrastructure.postgres.connections import DatabaseRole, tenant_session
from infrastructure.unique_ids import new_id
from infrastructure.webhooks.deliveries import (
    dead_deliveries,
    health_of_endpoints,
    replay_after,
    replay_dead,
)
from infrastructure.webhooks.signing import signed_headers
from infrastructure.wiring import open_store
from jobs.deliver_webhooks import DELAYS_S, WebhookRuntime
from jobs.webhook_deliverer import run_deliverer
from jobs.webhook_wiring import webhook_connect, webhook_runtime
from tests.database import HubDatabase
from tests.domain.memory_journal import TestClock
from tests.domain.samples import sample_of
from tests.event_store import follow_once
from tests.jobs.other_system import OtherSystem, other_system
from tests.jobs.webhook_office import WAMID, WORDS, Office
from tests.waiting import until


@pytest.fixture
def erp() -> Iterator[OtherSystem]:
    with other_system() as running:
        yield running


@pytest.fixture
def office(database: HubDatabase, erp: OtherSystem, follow: Connection[Any]) -> Iterator[Office]:
    with (
        open_store(database.settings, database.admin_url, DatabaseRole.SERVE) as store,
        webhook_runtime(database.settings, database.admin_url) as runtime,
    ):
        guard = DestinationGuard(internal_origins=[erp.origin])
        clock = TestClock()
        clock.moment = datetime.now(UTC)
        yield Office(store, _with(runtime, client=GuardedClient(guard), clock=clock), follow)


def _with(runtime: WebhookRuntime, **changes: Any) -> WebhookRuntime:
    import dataclasses

    return dataclasses.replace(runtime, **changes)


def test_the_signature_is_that_of_the_specification() -> None:
    headers = signed_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_what_happens_is_told_once_signed_and_without_words(
    office: Office, erp: OtherSystem
) -> None:
    office.hear("before the endpoint was added")
    _, drawn = office.add(erp.url)
    told = [office.hear(), office.hear()]
    office.deliver()
    office.deliver()
    assert [call.headers["webhook-id"] for call in erp.calls] == [str(one) for one in told]
    for call in erp.calls:
        assert call.is_signed_by(drawn.secret)
        assert call.headers["content-type"] == "application/json"
        event = call.json()
        assert event["eventType"] == "MessageReceived"
        assert event["eventId"] == call.headers["webhook-id"]
        assert event["tenantId"] == str(office.tenant_id)
        assert "content" not in event
        assert WORDS not in call.body.decode()
        assert WAMID not in call.body.decode()
    assert [row[0] for row in office.rows()] == ["delivered", "delivered"]


def test_an_endpoint_is_told_only_what_it_chose_and_words_only_if_the_firm_chose_so(
    office: Office, erp: OtherSystem
) -> None:
    office.add(f"{erp.origin}/all", with_content=True)
    office.add(f"{erp.origin}/failures", "OutboundFailed")
    office.hear()
    office.happens(new_id(), sample_of(OutboundRefused))
    office.deliver()
    kinds = sorted(call.json()["eventType"] for call in erp.calls)
    assert kinds == ["MessageReceived", "OutboundFailed", "OutboundFailed"]
    (heard,) = [call for call in erp.calls if call.json()["eventType"] == "MessageReceived"]
    assert heard.json()["content"]["body"] == WORDS
    assert WAMID not in heard.body.decode()


@pytest.mark.parametrize(
    "body",
    [
        ReactionContent(target_wamid=WAMID, emoji="👍"),
        EditContent(target_wamid=WAMID, content=TextContent(body=WORDS)),
        SystemNoticeContent(body="Siti changed from +62 812-1212-1212 to +62 812-1212-1213"),
    ],
)
def test_words_come_without_ids_of_meta_and_without_notices_of_numbers(
    office: Office, erp: OtherSystem, body: MessageContent
) -> None:
    office.add(erp.url, with_content=True)
    content = InboundMessageContent(wamid=WAMID, body=body)
    office.happens(new_id(), sample_of(MessageReceived, content=content))
    office.deliver()
    (call,) = erp.calls
    assert "wamid." not in call.body.decode()
    assert "1212" not in call.body.decode()


def test_after_a_rotation_both_secrets_sign_until_a_day_is_over(
    office: Office, erp: OtherSystem
) -> None:
    endpoint_id, first = office.add(erp.url)
    second = office.rotate(endpoint_id)
    office.hear()
    office.deliver()
    office.clock.advance(hours=25)
    office.hear()
    office.deliver()
    during, after = erp.calls
    assert during.is_signed_by(first.secret)
    assert during.is_signed_by(second.secret)
    assert not after.is_signed_by(first.secret)
    assert after.is_signed_by(second.secret)


def test_a_failed_call_is_made_again_with_growing_delays_and_then_given_up(
    office: Office, erp: OtherSystem
) -> None:
    endpoint_id, _ = office.add(erp.url)
    event_id = office.hear()
    erp.answers = [500] * (len(DELAYS_S) + 1)
    for attempt, delay_s in enumerate(DELAYS_S, start=1):
        office.deliver()
        ((state, attempts, reason, wait_s),) = office.rows()
        assert (state, attempts, reason) == ("due", attempt, "http_500")
        assert 0.75 * delay_s <= float(wait_s) + 5 <= 1.25 * delay_s + 5
        office.time_passes()
    office.deliver()
    with tenant_session(office.store.pool, office.tenant_id) as connection:
        (dead,) = dead_deliveries(connection, office.tenant_id)
        assert (dead.event_id, dead.attempts, dead.last_status) == (event_id, 8, 500)
        assert health_of_endpoints(connection, office.tenant_id)[endpoint_id].dead == 1
        assert replay_dead(connection, office.tenant_id, endpoint_id) == 1
    office.time_passes()
    office.deliver()
    assert [row[0] for row in office.rows()] == ["delivered"]
    assert len({call.headers["webhook-id"] for call in erp.calls}) == 1


def test_one_event_that_is_not_taken_does_not_keep_the_others_back(
    office: Office, erp: OtherSystem
) -> None:
    office.add(erp.url)
    for _ in range(3):
        office.hear()
    erp.answers = [500]
    office.deliver()
    assert [row[0] for row in office.rows()] == ["due", "delivered", "delivered"]


def test_an_endpoint_that_asks_for_time_gets_it(office: Office, erp: OtherSystem) -> None:
    office.add(erp.url)
    office.hear()
    erp.answers, erp.headers = [429], {"retry-after": "900"}
    office.deliver()
    ((_, _, _, wait_s),) = office.rows()
    assert float(wait_s) > 800


def test_an_endpoint_that_says_it_is_gone_is_disabled_and_can_be_enabled(
    office: Office, erp: OtherSystem
) -> None:
    endpoint_id, _ = office.add(erp.url)
    office.hear()
    erp.answers = [410]
    office.deliver()
    office.follow()
    assert office.endpoint(endpoint_id).state is WebhookEndpointState.DISABLED
    assert [(row[0], row[2]) for row in office.rows()] == [("dead", "endpoint_disabled")]
    office.hear("while it is disabled")
    office.handle(EnableWebhookEndpoint(webhook_endpoint_id=endpoint_id))
    office.hear()
    office.deliver()
    assert len(erp.calls) == 2
    assert [row[0] for row in office.rows()] == ["dead", "delivered"]


def test_everything_after_a_position_is_told_again(
    office: Office, erp: OtherSystem, follow: Connection[Any]
) -> None:
    endpoint_id, _ = office.add(erp.url, "MessageReceived")
    first = office.hear()
    office.deliver()
    position = erp.calls[0].json()["metadata"]["position"]
    office.handle(DisableWebhookEndpoint(webhook_endpoint_id=endpoint_id))
    missed = office.hear()
    office.happens(new_id(), sample_of(OutboundRefused))
    office.handle(EnableWebhookEndpoint(webhook_endpoint_id=endpoint_id))
    follow_once(follow, ["event_history"])
    with tenant_session(office.store.pool, office.tenant_id) as connection:
        since = functools.partial(replay_after, connection, office.tenant_id, endpoint_id)
        assert since(position=position) == 1
        assert since(position=position) == 0
        assert since(position=position - 1) == 1
    office.deliver()
    told = [call.headers["webhook-id"] for call in erp.calls]
    assert told == [str(first), str(first), str(missed)]


def test_an_endpoint_that_fails_for_days_is_disabled(office: Office, erp: OtherSystem) -> None:
    endpoint_id, _ = office.add(erp.url)
    office.hear()
    erp.answers = [500, 500]
    office.deliver()
    assert office.endpoint(endpoint_id).state is WebhookEndpointState.ACTIVE
    office.clock.advance(days=6)
    office.time_passes()
    office.deliver()
    assert office.endpoint(endpoint_id).state is WebhookEndpointState.DISABLED


def test_a_removed_endpoint_is_told_nothing_more(office: Office, erp: OtherSystem) -> None:
    endpoint_id, _ = office.add(erp.url)
    office.hear()
    office.handle(RemoveWebhookEndpoint(webhook_endpoint_id=endpoint_id))
    office.hear()
    office.deliver()
    assert erp.calls == []
    assert office.rows() == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/hook", "destination_refused"),
        ("https://169.254.169.254/latest/meta-data", "destination_refused"),
        ("https://[::ffff:10.0.0.1]/hook", "destination_refused"),
    ],
)
def test_an_address_in_a_private_network_is_never_called(
    office: Office, url: str, reason: str
) -> None:
    office.add(url)
    office.hear()
    office.deliver()
    assert [row[2] for row in office.rows()] == [reason]


def test_a_redirect_is_a_failure(office: Office, erp: OtherSystem) -> None:
    office.add(erp.url)
    office.hear()
    erp.answers, erp.headers = [302], {"location": f"{erp.origin}/elsewhere"}
    office.deliver()
    assert len(erp.calls) == 1
    assert [row[2] for row in office.rows()] == ["http_302"]


def test_a_deliverer_that_died_is_followed_by_another_when_its_lease_is_over(
    office: Office, erp: OtherSystem, follow: Connection[Any]
) -> None:
    office.add(erp.url)
    office.hear()
    claim = "SELECT claimed_token FROM hub.claim_webhook_lane(false, 60)"
    with office.runtime.pool.connection() as connection:
        assert connection.execute(claim).fetchone() is not None
    office.deliver()
    assert erp.calls == []
    follow.execute("UPDATE hub.webhook_lane SET lease_until = now()")
    office.deliver()
    assert len(erp.calls) == 1


def test_an_endpoint_stays_with_a_deliverer_that_is_at_work_however_long_a_call_takes(
    office: Office, erp: OtherSystem, follow: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.deliver_webhooks.RENEWAL_S", 0.05)

    def lease() -> datetime:
        row = follow.execute("SELECT lease_until FROM hub.webhook_lane").fetchone()
        assert row is not None
        found: datetime = row[0]
        return found

    def outlast() -> None:
        first = lease()
        until(lambda: lease() > first, "the lease was renewed")

    erp.before_answer = outlast
    office.add(erp.url)
    office.hear()
    office.deliver()
    assert len(erp.calls) == 1
    assert [row[0] for row in office.rows()] == ["delivered"]


def test_a_deliverer_that_lost_its_endpoint_calls_no_more_and_spoils_nothing(
    office: Office, erp: OtherSystem, follow: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.deliver_webhooks.RENEWAL_S", 0.05)
    monkeypatch.setattr("jobs.deliver_webhooks.LEASE_S", 0.5)
    woken = threading.Event()

    def stand_still() -> None:
        """Another deliverer takes over and tells both events meanwhile."""
        if woken.is_set():
            return
        woken.set()
        follow.execute(
            "UPDATE hub.webhook_lane SET lease_token = lease_token + 1, lease_until = NULL"
        )
        follow.execute("UPDATE hub.webhook_delivery SET state = 'delivered'")
        beaten = time.monotonic() + 0.6
        until(lambda: time.monotonic() > beaten, "the lease is over")

    erp.before_answer = stand_still
    erp.answers = [503]
    office.add(erp.url)
    office.hear()
    office.hear()
    office.deliver()
    assert len(erp.calls) == 1
    assert {row[0] for row in office.rows()} == {"delivered"}


def test_slow_endpoints_never_slow_a_quick_one(
    office: Office, erp: OtherSystem, database: HubDatabase
) -> None:
    release = threading.Event()
    with ExitStack() as stack:
        slow = stack.enter_context(other_system())
        slow.before_answer = release.wait
        guard = DestinationGuard(internal_origins=[erp.origin, slow.origin])
        runtime = _with(office.runtime, client=GuardedClient(guard))
        for number in range(6):
            office.add(f"{slow.origin}/{number}")
        office.add(erp.url)
        stopped = threading.Event()
        deliverer = threading.Thread(
            target=run_deliverer,
            args=(
                runtime,
                webhook_connect(database.settings, database.admin_url),
                stopped.is_set,
            ),
        )
        deliverer.start()
        try:
            for number in range(5):
                office.hear()
                until(
                    lambda wanted=number + 1: len(erp.calls) == wanted,  # type: ignore[misc]
                    "the quick endpoint was told",
                )
            assert slow.calls == []
        finally:
            release.set()
            stopped.set()
            deliverer.join(30)
        assert not deliverer.is_alive()
    order = [msgspec.json.decode(call.body)["metadata"]["position"] for call in erp.calls]
    assert order == sorted(order)
