"""What follows from the steps of an intake: questions, proofs of consent, closing words."""

from collections.abc import Iterator
from typing import Final

from domain.aggregate import Command
from domain.automatic_messages import (
    automatic_message,
    publication_of,
    question_words,
    text_words,
)
from domain.contact import ConsentPurpose
from domain.contact_commands import GrantConsent, RefuseConsent
from domain.event import EventRecord, fact_of
from domain.identity import (
    outbound_id_after,
)
from domain.intake import (
    IntakeAnswer,
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeQuestionAsked,
)
from domain.intake_session import (
    IntakeSession,
)
from domain.outbound_body import plain_text
from domain.outbound_message import MessagePurpose, OutboundMessage
from domain.reader import Reader

_CONSENT_PURPOSES: Final = (ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE)


def ask_question(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever a question of the intake is due, ask for its published words to be sent."""
    event = fact_of(record, IntakeQuestionAsked)
    publication = publication_of(read, record, event.flow_version)
    if publication is None:
        return
    is_consent = event.question_key == publication.flow.consent.key
    yield from automatic_message(
        record,
        read,
        event.conversation_id,
        MessagePurpose.CONSENT_QUESTION if is_consent else MessagePurpose.INTAKE_QUESTION,
        question_words(event.question_key),
        flow_version=event.flow_version,
    )


def keep_consent(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever the consent question was answered with yes, keep question and answer as proof."""
    event = fact_of(record, IntakeConsentGiven)
    publication = publication_of(read, record, event.flow_version)
    answer = event.content
    if publication is None or not isinstance(answer, IntakeAnswer):
        return
    flow = publication.flow
    session = read.load(IntakeSession, event.session_id)
    asked_by = session.asked_by.get(flow.consent.key)
    shown = read.load(OutboundMessage, outbound_id_after(asked_by)) if asked_by else None
    content = shown.content if shown is not None and shown.exists else None
    yield GrantConsent(
        contact_id=event.contact_id,
        purposes=_CONSENT_PURPOSES,
        flow_version=event.flow_version,
        language=flow.language,
        message_id=event.message_id,
        question=plain_text(content.body) if content is not None else flow.consent.text,
        answer=answer.text,
    )


def keep_refusal(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever the consent question was answered with no, keep that and acknowledge it."""
    event = fact_of(record, IntakeConsentRefused)
    yield RefuseConsent(
        contact_id=event.contact_id, purposes=_CONSENT_PURPOSES, message_id=event.message_id
    )
    yield from automatic_message(
        record,
        read,
        event.conversation_id,
        MessagePurpose.NOTICE,
        text_words(lambda flow: flow.refused),
        flow_version=event.flow_version,
    )


def close_intake(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever the last question was answered, thank the contact with the closing words."""
    event = fact_of(record, IntakeCompleted)
    yield from automatic_message(
        record,
        read,
        event.conversation_id,
        MessagePurpose.NOTICE,
        text_words(lambda flow: flow.closing),
        flow_version=event.flow_version,
    )
