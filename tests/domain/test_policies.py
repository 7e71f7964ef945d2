"""Policies and effects at their edges: what is missing, erased or done by hand."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.assessment import AssessmentPurpose, AssessmentRecorded
from domain.contact import ConsentPurpose, ConsentWithdrawn, OptedIn, OptedOut
from domain.contact_commands import OptIn, OptOut
from domain.contact_commands import WithdrawConsent as Withdraw
from domain.draft import DraftApproved, DraftContent
from domain.effects import AssessMessage, SuggestDraft
from domain.event import Erased, Event, EventRecord, PersonalEvent, fact_of
from domain.identity import (
    ConversationId,
    EventId,
    MessageId,
    StreamId,
    assessment_id_after,
    draft_id_after,
)
from domain.inbound_message import MessageReceived
from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeQuestionAsked,
)
from domain.outbound_message import OutboundRequested
from domain.policies import commands_after, effects_of, provenance_after
from domain.provenance import ActorKind
from tests.domain.given import LAWYER, TENANT
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, Story

EVENT_ID = EventId(UUID(int=4242))


@pytest.fixture
def story() -> Story:
    return Story()


def record(event: Event) -> EventRecord:
    return EventRecord(
        event_id=EVENT_ID,
        tenant_id=TENANT,
        stream_id=StreamId(UUID(int=2)),
        stream_version=1,
        event=event,
        actor=LAWYER,
        correlation_id=UUID(int=4),
        occurred_at=START,
        traceparent="00-trace",
    )


def commands(story: Story, event: Event) -> list[Any]:
    return list(commands_after(record(event), story.reader))


def test_what_a_policy_does_names_the_event_and_the_story() -> None:
    origin = provenance_after(record(sample_of(OptedIn)))
    assert origin.actor.kind is ActorKind.SYSTEM
    assert origin.causation_id == EVENT_ID
    assert origin.correlation_id == UUID(int=4)
    assert origin.traceparent == "00-trace"


def test_the_triage_reads_the_first_message() -> None:
    event = sample_of(IntakeConsentGiven)
    (effect,) = effects_of(record(event))
    assert effect == AssessMessage(
        assessment_id=assessment_id_after(EVENT_ID),
        conversation_id=event.conversation_id,
        message_id=event.first_message_id,
        purpose=AssessmentPurpose.TRIAGE,
    )
    assert effect.reference == assessment_id_after(EVENT_ID)


@pytest.mark.parametrize("kind", [IntakeCompleted, IntakeFollowUpReceived])
def test_the_review_reads_the_last_message(kind: Any) -> None:
    event = sample_of(kind)
    (effect,) = effects_of(record(event))
    assert isinstance(effect, AssessMessage)
    assert effect.message_id == event.message_id
    assert effect.purpose is AssessmentPurpose.REVIEW


def test_a_draft_follows_a_review_and_not_a_triage() -> None:
    review = sample_of(AssessmentRecorded, purpose=AssessmentPurpose.REVIEW)
    (effect,) = effects_of(record(review))
    assert isinstance(effect, SuggestDraft)
    assert effect.reference == draft_id_after(review.assessment_id)
    assert effects_of(record(sample_of(AssessmentRecorded, purpose=AssessmentPurpose.TRIAGE))) == []


def test_effects_need_no_content_so_they_survive_an_erasure() -> None:
    event = msgspec.structs.replace(sample_of(IntakeConsentGiven), content=Erased())
    assert effects_of(record(event)) == effects_of(record(sample_of(IntakeConsentGiven)))


def test_an_opt_out_noted_by_a_member_is_not_confirmed_to_the_contact(story: Story) -> None:
    story.writes("Halo")
    before = len(story.requested())
    story.handle(OptOut(contact_id=CONTACT_ID))
    story.handle(OptIn(contact_id=CONTACT_ID))
    story.run_policies()
    assert len(story.happened(OptedOut)) == len(story.happened(OptedIn)) == 1
    assert len(story.requested()) == before


def test_a_consent_withdrawn_by_other_means_leaves_the_session_as_it_is(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.handle(Withdraw(contact_id=CONTACT_ID, purposes=(ConsentPurpose.INTAKE,)))
    story.run_policies()
    assert len(story.happened(ConsentWithdrawn)) == 1
    assert story.happened(IntakeHandedOver) == []


def test_a_withdrawal_by_a_message_that_is_not_known_changes_nothing(story: Story) -> None:
    assert commands(story, sample_of(ConsentWithdrawn, message_id=MessageId(UUID(int=9)))) == []


def test_an_erased_message_only_starts_the_conversation(story: Story) -> None:
    event = sample_of(MessageReceived, content=Erased())
    assert [type(command).__name__ for command in commands(story, event)] == ["NoteInboundMessage"]


def test_erased_words_are_not_asked_to_be_sent(story: Story) -> None:
    story.writes("Halo")
    approved = sample_of(DraftApproved, conversation_id=CONVERSATION_ID)
    erased = msgspec.structs.replace(approved, content=Erased())
    kinds = {type(command).__name__ for command in commands(story, erased)}
    assert kinds == {"HandOverIntake"}
    assert isinstance(approved.content, DraftContent)


def test_words_for_a_conversation_that_is_not_known_are_not_asked_to_be_sent(
    story: Story,
) -> None:
    unknown = ConversationId(UUID(int=9))
    kinds = {
        type(command).__name__
        for command in commands(story, sample_of(DraftApproved, conversation_id=unknown))
    }
    assert kinds == {"HandOverIntake"}
    asked = sample_of(
        IntakeQuestionAsked, conversation_id=unknown, question_key="consent", flow_version=1
    )
    assert commands(story, asked) == []


def test_a_question_of_a_version_that_is_not_known_is_not_asked(story: Story) -> None:
    story.writes("Halo")
    asked = sample_of(IntakeQuestionAsked, conversation_id=CONVERSATION_ID, flow_version=9)
    assert commands(story, asked) == []


def test_a_consent_whose_words_were_erased_leaves_no_proof(story: Story) -> None:
    erased = msgspec.structs.replace(sample_of(IntakeConsentGiven), content=Erased())
    assert commands(story, erased) == []


def test_a_consent_to_a_question_that_was_erased_keeps_the_published_words(story: Story) -> None:
    story.writes("Halo")
    given = sample_of(IntakeConsentGiven, session_id=UUID(int=77), flow_version=1)
    (command,) = commands(story, given)
    assert command.question.startswith("Selamat datang di {firm_name}")


def test_a_policy_refuses_an_event_that_is_not_its_own() -> None:
    with pytest.raises(TypeError, match=r"intake\.completed\.v1"):
        fact_of(record(sample_of(OptedIn)), IntakeCompleted)


def test_the_subject_of_content_is_the_person_it_is_about() -> None:
    requested = sample_of(OutboundRequested)
    assert requested.subject_id == requested.contact_id


def test_a_record_answers_to_the_names_of_the_event_sourcing_library() -> None:
    kept = record(sample_of(OptedIn))
    assert (kept.originator_id, kept.originator_version) == (kept.stream_id, 1)


def test_a_stored_name_belongs_to_one_event() -> None:
    with pytest.raises(TypeError, match="is taken by OptedIn"):
        type("OptedInTwice", (Event,), {"TOPIC": OptedIn.TOPIC}, frozen=True, kw_only=True)
    assert issubclass(OutboundRequested, PersonalEvent)
