"""From a suggested or written reply to its delivery, with the policies running."""

from datetime import timedelta
from uuid import UUID, uuid5

import msgspec
import pytest

from domain.admission import Admitted, RefusalReason, Refused, Sending, admit
from domain.contact import OptedIn, OptedOut
from domain.conversation import (
    CloseConversation,
    Conversation,
    ConversationReopened,
)
from domain.delivery_state import DeliveryState
from domain.draft import ApproveDraft, Draft, DraftState, DraftSuperseded, WriteReply
from domain.draft_suggestion import RecordSuggestion
from domain.effects import AssessMessage
from domain.identity import (
    ConversationId,
    DraftId,
    MessageId,
    OutboundMessageId,
    StreamId,
    draft_id_after,
)
from domain.inbound_message import ReceiveMessage
from domain.intake import HandOverReason, IntakeHandedOver, IntakeQuestionAsked
from domain.intake_session import IntakeState
from domain.message_status import MessageStatusReceived, ReceiveStatus
from domain.outbound_commands import RecordSent, StartAttempt
from domain.outbound_message import ApprovalKind, MessagePurpose, OutboundStatusUpdated
from domain.reader import JournalReader
from domain.sender_number import SenderNumber
from domain.tenant import Tenant
from tests.domain.given import ASSISTANT, LAWYER, SYSTEM, TENANT, digest, text
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, META, SENDER_ID, Story


@pytest.fixture
def story() -> Story:
    return Story()


def reply(story: Story, words: str = "Kami akan menghubungi Anda.", number: int = 1) -> DraftId:
    draft_id = DraftId(UUID(int=9000 + number))
    story.handle(
        WriteReply(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            body=text(words),
            body_digest=digest(text(words)),
        ),
        by=LAWYER,
    )
    story.run_policies()
    return draft_id


def suggestion(story: Story, effect: AssessMessage) -> DraftId:
    """The assistant suggests a reply after the review that `effect` asked for."""
    draft_id = draft_id_after(effect.assessment_id)
    story.handle(
        RecordSuggestion(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            message_id=effect.message_id,
            assessment_id=effect.assessment_id,
            model="local 1",
            confidence=0.7,
            body=text("Terima kasih, kami pelajari dahulu."),
        ),
        by=ASSISTANT,
    )
    story.run_policies()
    return draft_id


def state_of(story: Story, draft_id: DraftId) -> DraftState:
    state: DraftState = story.load(Draft, draft_id).state
    return state


def status(story: Story, words: str, **facts: object) -> None:
    status_id = StreamId(uuid5(TENANT, words))
    received = MessageStatusReceived(
        tenant_id=TENANT,
        sender_number_id=SENDER_ID,
        wamid_digest="d" * 64,
        status=words,
        **facts,  # type: ignore[arg-type]
    )
    story.handle(ReceiveStatus(status_id=status_id, status=received), by=META)
    story.run_policies()


def test_a_suggestion_alone_sends_nothing(story: Story) -> None:
    story.completes_the_intake()
    before = len(story.requested())
    suggestion(story, story.effects[-1])
    assert len(story.requested()) == before


def test_what_a_member_approved_is_asked_to_be_sent_word_for_word(story: Story) -> None:
    story.completes_the_intake()
    draft_id = suggestion(story, story.effects[-1])
    words = text("Baik Bu Siti, kami pelajari dahulu.")
    story.handle(ApproveDraft(draft_id=draft_id, body=words, body_digest=digest(words)))
    story.run_policies()
    request = story.requested()[-1]
    assert request.purpose is MessagePurpose.REPLY
    assert request.content.body == words
    assert request.approval.kind is ApprovalKind.DRAFT
    assert request.approval.approved_by == LAWYER
    assert request.approval.body_digest == digest(words)
    approved = next(r for r in story.journal.records if r.topic == "draft.approved.v1")
    assert request.approval.event_id == approved.event_id
    assert approved.event.edited  # type: ignore[attr-defined]


def test_each_step_names_the_event_that_caused_it(story: Story) -> None:
    first = story.writes("Halo")
    reply(story)
    by_id = {record.event_id: record for record in story.journal.records}
    chain = []
    record = next(r for r in reversed(story.journal.records) if r.topic == "outbound.requested.v1")
    while record.causation_id is not None:
        record = by_id[record.causation_id]
        chain.append(record.topic)
    assert chain == ["draft.approved.v1"]
    consent = next(r for r in story.journal.records if r.topic == "outbound.requested.v1")
    asked = by_id[consent.causation_id]  # type: ignore[index]
    assert asked.topic == "intake.question_asked.v1"
    assert by_id[asked.causation_id].event == first  # type: ignore[index]
    assert consent.correlation_id == first.message_id


def test_a_newer_suggestion_supersedes_the_older_one_whatever_the_order(story: Story) -> None:
    story.completes_the_intake()
    story.writes("Ada surat baru")
    story.writes("Dan satu lagi")
    first, second, third = story.effects[-3:]
    newest = suggestion(story, third)
    oldest = suggestion(story, first)
    middle = suggestion(story, second)
    assert state_of(story, newest) is DraftState.SUGGESTED
    assert state_of(story, oldest) is DraftState.SUPERSEDED
    assert state_of(story, middle) is DraftState.SUPERSEDED
    assert len(story.happened(DraftSuperseded)) == 2


def test_a_reply_of_a_member_supersedes_the_suggestion(story: Story) -> None:
    story.completes_the_intake()
    draft_id = suggestion(story, story.effects[-1])
    reply(story)
    assert state_of(story, draft_id) is DraftState.SUPERSEDED


def test_when_a_member_replies_during_the_intake_no_further_question_is_asked(
    story: Story,
) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    reply(story)
    (handed_over,) = story.happened(IntakeHandedOver)
    assert handed_over.reason is HandOverReason.MEMBER_REPLIED
    asked = len(story.happened(IntakeQuestionAsked))
    story.writes("Baik, terima kasih")
    assert len(story.happened(IntakeQuestionAsked)) == asked
    assert isinstance(story.effects[-1], AssessMessage)


def test_who_agrees_after_a_member_took_over_is_not_asked_further(story: Story) -> None:
    story.writes("Halo")
    story.writes("Tolong")
    story.writes("Tolong saya")
    reply(story)
    story.writes("Setuju")
    assert story.session.state is IntakeState.HANDED_OVER
    assert story.session.has_consent
    assert len(story.happened(IntakeQuestionAsked)) == 2


def test_a_reply_can_quote_the_message_it_answers(story: Story) -> None:
    message = story.writes("Berapa biayanya?")
    elsewhere = msgspec.structs.replace(
        message, message_id=MessageId(UUID(int=6)), conversation_id=ConversationId(UUID(int=7))
    )
    story.handle(ReceiveMessage(message=elsewhere), by=META)
    words = text("Kami jelaskan lewat telepon.")
    for number, answered in enumerate(
        [message.message_id, MessageId(UUID(int=5)), elsewhere.message_id]
    ):
        story.handle(
            WriteReply(
                draft_id=DraftId(UUID(int=number + 1)),
                conversation_id=CONVERSATION_ID,
                contact_id=CONTACT_ID,
                body=words,
                body_digest=digest(words),
                reply_to_message_id=answered,
            )
        )
    story.run_policies()
    replies = [words for words in story.requested() if words.purpose is MessagePurpose.REPLY]
    known, unknown, foreign = replies
    assert known.content.reply_to_wamid == "wamid.1"
    assert unknown.content.reply_to_wamid is None
    assert foreign.content.reply_to_wamid is None


def test_a_new_message_opens_a_closed_conversation_again(story: Story) -> None:
    story.writes("Halo")
    story.handle(CloseConversation(conversation_id=CONVERSATION_ID, reason="done"))
    message = story.writes("Halo lagi")
    (reopened,) = story.happened(ConversationReopened)
    assert reopened.message_id == message.message_id


@pytest.mark.parametrize(
    "words", ["stop", "STOP!!", " Berhenti. ", "batal  langganan", "U n subscribe"]
)
def test_a_keyword_to_opt_out_is_obeyed_and_confirmed_once(story: Story, words: str) -> None:
    story.writes("Halo")
    story.writes(words)
    assert len(story.happened(OptedOut)) == 1
    assert story.requested()[-1].purpose is MessagePurpose.OPT_OUT_CONFIRMATION
    before = len(story.requested())
    story.writes("stop")
    story.writes("Halo?")
    assert len(story.requested()) == before


@pytest.mark.parametrize("words", ["jangan stop dulu", "saya mau berhenti kerja", "stopkontak"])
def test_a_keyword_inside_a_sentence_is_no_keyword(story: Story, words: str) -> None:
    story.writes(words)
    assert story.happened(OptedOut) == []


def test_who_comes_back_is_asked_the_open_question_again(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.writes("stop")
    story.writes("mulai")
    assert len(story.happened(OptedIn)) == 1
    assert story.happened(IntakeQuestionAsked)[-1].question_key == "deadline_or_date"
    story.taps("Tidak")
    assert story.happened(IntakeQuestionAsked)[-1].question_key == "full_name"


def test_who_comes_back_without_an_intake_is_not_asked_anything(story: Story) -> None:
    story.writes("stop")
    story.writes("mulai")
    assert story.happened(IntakeQuestionAsked) == []
    story.writes("mulai")
    assert [q.question_key for q in story.happened(IntakeQuestionAsked)] == ["consent"]


def test_a_withdrawn_consent_ends_the_intake_and_can_be_given_again(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.writes("Cabut persetujuan")
    assert story.contact.consents == frozenset()
    assert story.session.hand_over_reason is HandOverReason.CONSENT_WITHDRAWN
    effects = len(story.effects)
    story.writes("Halo?")
    assert len(story.effects) == effects
    story.writes("Setuju")
    assert story.contact.consents != frozenset()
    assert story.session.state is IntakeState.HANDED_OVER


def sending(story: Story, **changes: object) -> Sending:
    request = story.requested()[-1]
    facts: dict[str, object] = {
        "message": story.outbound(request),
        "contact": story.contact,
        "conversation": story.load(Conversation, CONVERSATION_ID),
        "tenant": story.load(Tenant, TENANT),
        "sender_number": story.load(SenderNumber, SENDER_ID),
        "body_digest": digest(request.content.body),
        "last_inbound_at": story.clock.now(),
        "now": story.clock.now(),
    }
    return Sending(**(facts | changes))  # type: ignore[arg-type]


def test_everything_of_an_intake_passes_the_admission(story: Story) -> None:
    story.writes("Halo")
    assert admit(sending(story)) == Admitted()
    story.taps("Setuju")
    assert admit(sending(story)) == Admitted()
    reply(story)
    assert admit(sending(story)) == Admitted()


def test_after_an_opt_out_only_the_confirmation_passes(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.writes("stop")
    assert admit(sending(story)) == Admitted()
    reply(story)
    assert admit(sending(story)) == Refused(reason=RefusalReason.CONTACT_OPTED_OUT)


def test_a_reply_before_the_consent_does_not_pass(story: Story) -> None:
    story.writes("Halo")
    reply(story)
    assert admit(sending(story)) == Refused(reason=RefusalReason.CONSENT_MISSING)
    story.writes("Setuju")
    assert admit(sending(story)) == Admitted()


def test_a_day_later_nothing_passes(story: Story) -> None:
    story.writes("Halo")
    late = story.clock.now() + timedelta(hours=24)
    refused = admit(sending(story, now=late))
    assert refused == Refused(reason=RefusalReason.SERVICE_WINDOW_CLOSED)


def test_statuses_of_meta_find_their_message_and_move_it_on(story: Story) -> None:
    story.writes("Halo")
    outbound_id: OutboundMessageId = story.requested()[-1].outbound_message_id
    body = story.requested()[-1].content.body
    story.handle(StartAttempt(outbound_message_id=outbound_id, body_digest=digest(body)), by=SYSTEM)
    status(story, "sent", outbound_message_id=outbound_id, attempt=1)
    story.handle(
        RecordSent(
            outbound_message_id=outbound_id, attempt=1, wamid="wamid.x", wamid_digest="d" * 64
        ),
        by=SYSTEM,
    )
    assert story.outbound(story.requested()[-1]).state is DeliveryState.SENT
    status(story, "delivered", outbound_message_id=outbound_id, attempt=1)
    assert [e.state for e in story.happened(OutboundStatusUpdated)] == [
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
    ]


def test_a_status_without_callback_data_is_found_by_metas_id(story: Story) -> None:
    story.writes("Halo")
    outbound_id: OutboundMessageId = story.requested()[-1].outbound_message_id
    status(story, "delivered")
    assert story.happened(OutboundStatusUpdated) == []
    story.reader = JournalReader(
        story.journal, story.vault, TENANT, find_outbound=lambda _: outbound_id
    )
    status(story, "read")
    assert [e.status for e in story.happened(OutboundStatusUpdated)] == ["read"]
