"""What is sent, when, how often; what is not sent, and why."""

import dataclasses
import itertools
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection
from redis import Redis

from domain.admission import RefusalReason
from domain.aggregate import Command
from domain.body_digest import body_digest
from domain.contact import ContactDetails, ContactIdentity, IdentityKind, MergeReason
from domain.contact_commands import IdentifyContact, OptOut
from domain.contact_link_commands import MergeContactsByRule
from domain.conversation import CloseConversation
from domain.delivery_state import DeliveryState
from domain.draft import WriteReply
from domain.identity import ContactId, DraftId, OutboundMessageId, outbound_id_after
from domain.outbound_body import TextBody, plain_text
from domain.outbound_commands import StartAttempt
from domain.outbound_message import OutboundMessage, OutboundRefused
from domain.ports.whatsapp import (
    AccessToken,
    RetryRule,
    SendAccepted,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    SendRequest,
    UnknownCause,
)
from domain.sender_number import PauseSenderNumber, ResumeSenderNumber
from domain.sender_standing import BlockCause, SenderNumberBlocked, SenderNumberUnblocked
from domain.sender_standing_commands import NoteSenderStanding
from domain.tenant import ResumeTenant, SuspendTenant
from infrastructure.following.event_log import log_head
from infrastructure.following.positions import place_of
from infrastructure.unique_ids import new_id
from jobs.drain_sender import drain_sender
from jobs.outbound.attempts import Progress, begin_attempts
from jobs.outbound.lease import Leases
from jobs.queues import QueueName, open_queue
from jobs.runtime import SendRuntime
from jobs.sweep import due_lanes
from projections.outbox import outbox_messages
from tests.domain.given import TENANT
from tests.domain.samples import sample_of
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory


def drain(story: StoredStory, sending: SendRuntime) -> None:
    story.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    story.catch_up()


def replied(
    story: StoredStory, words: str = "Kami akan bantu.", send_at: datetime | None = None
) -> OutboundMessageId:
    """A lawyer writes a reply; the message that is to be sent."""
    draft_id = DraftId(new_id())
    body = TextBody(text=words)
    story.handle(
        WriteReply(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            body=body,
            body_digest=body_digest(story.vault, TENANT, body),
            send_at=send_at,
        )
    )
    story.run_policies()
    return outbound_id_after(draft_id)


def message(story: StoredStory, outbound_message_id: OutboundMessageId) -> OutboundMessage:
    found: OutboundMessage = story.load(OutboundMessage, outbound_message_id)
    return found


def texts(meta: ScriptedMeta) -> list[str]:
    return [plain_text(request.body) for request in meta.requests]


@pytest.fixture
def ready(story: StoredStory, sending: SendRuntime, meta: ScriptedMeta) -> StoredStory:
    """Consent given and intake completed; every automatic word was sent."""
    story.completes_the_intake()
    for _ in range(12):
        drain(story, sending)
    meta.requests.clear()
    return story


def test_an_approved_reply_is_called_once_with_exactly_the_approved_words(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready, "Kami akan meninjau perjanjian sewa Anda.")
    drain(ready, sending)
    drain(ready, sending)
    assert texts(meta) == ["Kami akan meninjau perjanjian sewa Anda."]
    assert meta.requests[0].recipient.phone == "+6281234567890"
    assert meta.requests[0].callback_data == f"{sent}.1"
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_messages_of_one_conversation_are_called_in_the_order_of_their_requests(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    for words in ("satu", "dua", "tiga"):
        replied(ready, words)
    drain(ready, sending)
    assert texts(meta) == ["satu", "dua", "tiga"]


def test_a_message_that_was_requested_by_a_clock_ahead_of_ours_is_not_overtaken(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    """Found by `hub crash-test --kills 300 --seed 7`, whose clocks jump."""
    ready.clock.advance(seconds=120)
    replied(ready, "satu")
    ready.clock.advance(seconds=-120)
    replied(ready, "dua")
    drain(ready, sending)
    assert texts(meta) == ["satu", "dua"]


def test_a_lane_does_not_wait_until_the_outbox_has_come_to_an_event_that_it_does_not_show(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, follow: "Connection[Any]"
) -> None:
    replied(ready, "satu")
    ready.catch_up()
    ready.writes("Terima kasih")
    assert place_of(follow, "outbox").position < log_head(follow)
    drain_sender(sending, TENANT, str(SENDER_ID))
    assert texts(meta) == ["satu"]


def test_the_consent_question_is_sent_before_there_is_any_consent(
    story: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    story.writes("Selamat pagi")
    drain(story, sending)
    assert len(meta.requests) == 1
    assert "Apakah Anda setuju?" in texts(meta)[0]


def test_a_reply_is_refused_for_good_when_the_contact_opted_out_after_the_approval(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready)
    ready.handle(OptOut(contact_id=CONTACT_ID))
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REFUSED
    refusal = ready.journal.load(TENANT, sent)[-1].event
    assert isinstance(refusal, OutboundRefused)
    assert refusal.reason == RefusalReason.CONTACT_OPTED_OUT


def test_an_opt_out_of_another_contact_of_the_same_person_stops_an_approved_reply(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready)
    other = ContactId(new_id())
    phone = ContactIdentity(kind=IdentityKind.PHONE, value="+6281299990000")
    ready.handle(IdentifyContact(contact_id=other, details=ContactDetails(identities=(phone,))))
    ready.handle(
        MergeContactsByRule(
            contact_id=CONTACT_ID, absorbed_contact_id=other, reason=MergeReason.NUMBER_CHANGED
        )
    )
    ready.handle(OptOut(contact_id=other))
    drain(ready, sending)
    assert meta.requests == []
    refusal = ready.journal.load(TENANT, sent)[-1].event
    assert isinstance(refusal, OutboundRefused)
    assert refusal.reason == RefusalReason.CONTACT_OPTED_OUT


def test_a_reply_is_refused_when_the_service_window_closed_before_the_call(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready)
    ready.clock.advance(hours=25)
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REFUSED


def test_a_reply_to_a_conversation_that_was_closed_meanwhile_is_refused(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready)
    ready.handle(CloseConversation(conversation_id=CONVERSATION_ID, reason="selesai"))
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REFUSED


def test_an_opt_out_between_the_look_and_the_attempt_stops_the_call(
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = replied(ready)
    ready.catch_up()
    looked = StartAttempt.execute

    def opt_out_then_start(self: StartAttempt, *arguments: object) -> None:
        monkeypatch.setattr(StartAttempt, "execute", looked)
        ready.handle(OptOut(contact_id=CONTACT_ID))
        looked(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(StartAttempt, "execute", opt_out_then_start)
    drain_sender(sending, TENANT, str(SENDER_ID))
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REFUSED


def test_a_lost_answer_leaves_the_message_in_doubt_and_it_is_not_called_again(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [SendOutcomeUnknown(UnknownCause.NO_ANSWER_IN_TIME)]
    sent = replied(ready)
    for _ in range(3):
        drain(ready, sending)
    assert len(meta.requests) == 1
    assert message(ready, sent).state is DeliveryState.IN_DOUBT


def refused(*, retries_max: int | None, wait_seconds: int = 5) -> SendRefused:
    return SendRefused(
        "Meta was overloaded",
        error_class=SendErrorClass.TRANSIENT,
        retry=RetryRule(retries_max=retries_max, wait_seconds=wait_seconds),
        next_step="Nothing to do.",
        meta_code=131016,
    )


def test_a_transient_refusal_is_tried_again_when_its_time_has_come_and_not_before(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=4)]
    sent = replied(ready)
    drain(ready, sending)
    drain(ready, sending)
    assert len(meta.requests) == 1
    ready.clock.advance(seconds=60)
    drain(ready, sending)
    assert [request.callback_data for request in meta.requests] == [f"{sent}.1", f"{sent}.2"]
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_a_refusal_that_allows_no_retry_ends_the_message_with_its_words(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=0)]
    sent = replied(ready)
    drain(ready, sending)
    assert message(ready, sent).state is DeliveryState.FAILED


def test_five_attempts_are_the_end_of_a_message(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=None) for _ in range(9)]
    sent = replied(ready)
    for _ in range(9):
        drain(ready, sending)
        ready.clock.advance(hours=1)
    assert len(meta.requests) == 5
    assert message(ready, sent).state is DeliveryState.FAILED


def throttled() -> SendRefused:
    return SendRefused(
        "The number sent too many messages at once.",
        error_class=SendErrorClass.NUMBER_THROTTLED,
        retry=RetryRule(retries_max=None, wait_seconds=2, wait_factor=2, spends_attempt=False),
        next_step="Nothing: the message is sent again more slowly.",
        meta_code=130429,
    )


def test_refusals_about_the_number_do_not_count_towards_the_last_attempt(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [*(throttled() for _ in range(6)), refused(retries_max=4)]
    sent = replied(ready)
    for _ in range(8):
        drain(ready, sending)
        ready.clock.advance(hours=2)
    assert len(meta.requests) == 8
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_a_throttled_message_waits_no_longer_than_its_rule_says(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [throttled() for _ in range(60)]
    sent = replied(ready)
    waits = []
    for _ in range(20):
        drain(ready, sending)
        due_at = message(ready, sent).due_at
        assert due_at is not None
        waits.append((due_at - ready.clock.now()).total_seconds())
        ready.clock.moment = due_at
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert max(waits) == 3600


def test_a_later_message_does_not_overtake_one_that_is_tried_again(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    meta.answers = [refused(retries_max=4)]
    replied(ready, "satu")
    replied(ready, "dua")
    drain(ready, sending)
    drain(ready, sending)
    assert texts(meta) == ["satu"]
    ready.clock.advance(seconds=60)
    drain(ready, sending)
    assert texts(meta) == ["satu", "satu", "dua"]


def test_a_new_holder_of_a_lane_waits_until_the_outbox_shows_what_the_one_before_it_did(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = meta.send

    async def asked_while_the_outbox_follows(request: SendRequest) -> SendAccepted:
        ready.catch_up()
        return await ask(request)

    monkeypatch.setattr(meta, "send", asked_while_the_outbox_follows)
    meta.answers = [refused(retries_max=4)]
    replied(ready, "satu")
    replied(ready, "dua")
    ready.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    looks = itertools.count()
    other = dataclasses.replace(sending, is_stopped=lambda: next(looks) > 1)
    drain_sender(other, TENANT, str(SENDER_ID))
    assert texts(meta) == ["satu"]
    drain(ready, sending)
    ready.clock.advance(seconds=60)
    drain(ready, sending)
    assert texts(meta) == ["satu", "satu", "dua"]


@pytest.mark.parametrize(
    ("stop", "go_on"),
    [
        (SuspendTenant(tenant_id=TENANT, reason="bills"), ResumeTenant(tenant_id=TENANT)),
        (
            PauseSenderNumber(sender_number_id=SENDER_ID, reason="maintenance"),
            ResumeSenderNumber(sender_number_id=SENDER_ID),
        ),
        (
            NoteSenderStanding(
                sender_number_id=SENDER_ID,
                word=sample_of(
                    SenderNumberBlocked, sender_number_id=SENDER_ID, cause=BlockCause.DISABLED
                ),
            ),
            NoteSenderStanding(
                sender_number_id=SENDER_ID,
                word=sample_of(
                    SenderNumberUnblocked,
                    sender_number_id=SENDER_ID,
                    cause=BlockCause.DISABLED,
                    told_at=datetime(2026, 11, 21, tzinfo=UTC),
                ),
            ),
        ),
    ],
    ids=["firm suspended", "number paused", "number blocked by Meta"],
)
def test_what_the_firm_holds_back_rings_for_nobody_and_goes_out_afterwards(
    stop: Command,
    go_on: Command,
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    redis: "Redis",
    follow: "Connection[Any]",
) -> None:
    sent = replied(ready)
    ready.handle(stop)
    redis.flushall()
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REQUESTED
    assert len(open_queue(QueueName.OUTBOUND, redis)) == 0
    assert [lane.sender_number_id for lane in due_lanes(follow, with_attempts=False)] == [SENDER_ID]
    ready.handle(go_on)
    drain(ready, sending)
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_an_attempt_whose_sender_died_is_in_doubt_and_never_called_by_another(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    sent = replied(ready)
    digest = message(ready, sent).requested.approval.body_digest
    ready.handle(StartAttempt(outbound_message_id=sent, body_digest=digest))
    drain(ready, sending)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.IN_DOUBT


def test_a_message_that_is_not_due_any_more_is_left_alone(
    ready: StoredStory, sending: SendRuntime, follow: Connection[Any]
) -> None:
    sent = replied(ready)
    drain(ready, sending)
    lane = Leases(sending.pool, new_id()).take(TENANT, SENDER_ID)
    assert lane is not None
    rows = outbox_messages(TENANT, [sent]).fetch(follow)
    begun = begin_attempts(sending, lane, rows)
    assert begun.attempts == []
    assert [progress for _, progress, _ in begun.others] == [Progress.SETTLED]


def test_a_defect_in_one_message_ends_no_run_and_the_message_is_tried_again(
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
) -> None:
    tokens = iter([RuntimeError("a defect in one message")])

    def token(_tenant_id: UUID, _number_id: UUID, _fingerprint: str) -> AccessToken:
        for defect in tokens:
            raise defect
        return AccessToken("a made-up token")

    defective = dataclasses.replace(sending, access_token=token)
    sent = replied(ready)
    drain(ready, defective)
    assert meta.requests == []
    assert message(ready, sent).state is DeliveryState.REQUESTED
    ready.clock.advance(seconds=10)
    drain(ready, defective)
    assert message(ready, sent).state is DeliveryState.ACCEPTED
