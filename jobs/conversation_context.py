"""What the assistant may see of a conversation: masked text, and only with consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.automatic_text import addressed_name, fill
from domain.contact import ConsentPurpose, Contact
from domain.conversation import Conversation
from domain.identity import (
    ContactId,
    ConversationId,
    EventId,
    MessageId,
    TenantId,
    intake_flow_stream_of,
    intake_session_id_of,
)
from domain.inbound_message import InboundMessageContent
from domain.intake import IntakeAnswer, IntakeCompleted, IntakeQuestionAnswered
from domain.intake_flow import IntakeFlows
from domain.message_content import MediaContent
from domain.outbound_body import plain_text
from domain.outbound_message import OutboundContent
from domain.ports.assistant import (
    FirmStyle,
    IntakeState,
    IntakeTopic,
    MaskedText,
    MaskedTurn,
    TurnDirection,
)
from domain.provenance import Actor, ActorKind, Provenance
from domain.tenant import Tenant
from infrastructure.assistant.masking import Masker
from infrastructure.postgres.connections import tenant_session
from infrastructure.postgres.sealing import open_contents
from infrastructure.telemetry.tracing import current_traceparent
from jobs.runtime import AssistRuntime
from jobs.work_not_ready import WorkNotReady
from projections.sealed_column import sealed_of
from projections.timeline_entries import EntryKind, TimelineRow
from projections.timeline_queries import entries_before
from projections.work_items import WorkItemRow

TURNS_MAX: Final = 40
"""Newest messages that are shown to the assistant."""

_MESSAGES: Final = (EntryKind.INBOUND.value, EntryKind.OUTBOUND.value)


@dataclass(frozen=True, slots=True)
class ConversationContext:
    """A conversation as of one message, ready for the assistant.

    `text` is what is to be judged: the message, or after a completed intake the whole account.
    """

    tenant_id: TenantId
    contact_id: ContactId
    text: MaskedText
    received_at: datetime
    time_zone: str
    turns: tuple[MaskedTurn, ...]
    attachments: int
    masker: Masker
    sender: MaskedText | None
    firm: FirmStyle
    intake: IntakeState


class NotAllowed(Exception):
    """The assistant may not be asked about this contact. `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def assistant_provenance(runtime: AssistRuntime, item: WorkItemRow) -> Provenance:
    """The origin of what the assistant suggests: caused by the event that asked for the work."""
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=Actor(kind=ActorKind.ASSISTANT, id=runtime.assistant.model_name),
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get(),
    )


def read_context(
    runtime: AssistRuntime,
    tenant_id: TenantId,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> ConversationContext:
    """Read and mask a conversation as of `message_id`.

    Raises NotAllowed, WorkNotReady when the message is not in the timeline yet, MaskingFailed.
    """
    conversation = runtime.load(Conversation, tenant_id, conversation_id)
    if conversation.contact_id is None:
        raise WorkNotReady
    contact = runtime.load(Contact, tenant_id, conversation.contact_id)
    if not contact.has_consented(ConsentPurpose.ASSISTANCE) or contact.has_opted_out:
        raise NotAllowed("no_consent")
    messages = _messages(runtime, tenant_id, conversation_id, message_id)
    account = _account(runtime, tenant_id, conversation_id, message_id)
    firm = runtime.load(Tenant, tenant_id, tenant_id)
    masker = Masker(known_names=_known_names(contact, account))
    newest = messages[-1]
    words = _account_in_words(messages[0], account) if account.is_complete else newest.words
    profile = contact.details.profile_name if contact.details else None
    return ConversationContext(
        tenant_id=tenant_id,
        contact_id=conversation.contact_id,
        text=masker.mask(words).text,
        received_at=newest.occurred_at,
        time_zone=firm.time_zone,
        turns=tuple(
            MaskedTurn(direction=message.direction, text=masker.mask(message.words).text)
            for message in messages[:-1]
        ),
        attachments=sum(message.is_attachment for message in messages),
        masker=masker,
        sender=masker.mask(profile).text if profile else None,
        firm=_style(runtime, firm),
        intake=IntakeState(
            answered=frozenset(account.topics) | {IntakeTopic.CONSENT},
            consent_refused=contact.has_refused(ConsentPurpose.INTAKE),
            is_stopped=contact.has_opted_out,
        ),
    )


def _style(runtime: AssistRuntime, firm: Tenant) -> FirmStyle:
    """How the firm speaks, with the words that it published for somebody in danger."""
    tenant_id = TenantId(firm.id)
    flows = runtime.load(IntakeFlows, tenant_id, intake_flow_stream_of(tenant_id))
    # The assistant never hears a name.
    values = {"firm_name": firm.name, "contact_name": addressed_name(None)}
    safety_text = flows.latest.flow.safety_text if flows.latest is not None else ""
    return FirmStyle(
        display_name=firm.name,
        language="en" if firm.language == "en" else "id",
        approved_safety_text=fill(safety_text, values),
    )


@dataclass(frozen=True, slots=True)
class _Message:
    direction: TurnDirection
    words: str
    occurred_at: datetime
    is_attachment: bool


def _messages(
    runtime: AssistRuntime,
    tenant_id: TenantId,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> list[_Message]:
    """The newest messages up to `message_id`, oldest first; those that were erased are left out."""
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = entries_before(tenant_id, [conversation_id], limit=200, kinds=_MESSAGES).fetch(
            connection
        )
    ids = [row.entity_id for row in rows]
    if message_id not in ids:
        raise WorkNotReady
    wanted = rows[ids.index(message_id) :][:TURNS_MAX]
    contents = open_contents(
        runtime.vault,
        tenant_id,
        [sealed_of(row.content_sealed) for row in wanted if row.content_sealed is not None],
    )
    opened = iter(contents)
    messages = [
        _message(row, next(opened) if row.content_sealed is not None else None) for row in wanted
    ]
    known = [message for message in messages if message is not None]
    if not known:
        raise NotAllowed("erased")
    return known[::-1]


def _message(row: TimelineRow, content: object) -> _Message | None:
    match content:
        case InboundMessageContent():
            return _Message(
                direction=TurnDirection.INBOUND,
                words=content.body.in_words(),
                occurred_at=row.occurred_at,
                is_attachment=isinstance(content.body, MediaContent),
            )
        case OutboundContent():
            return _Message(
                direction=TurnDirection.OUTBOUND,
                words=plain_text(content.body),
                occurred_at=row.occurred_at,
                is_attachment=False,
            )
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Account:
    """What the contact answered in the intake, by topic; complete when this message ended it."""

    answers: tuple[tuple[str, str], ...]
    is_complete: bool

    @property
    def topics(self) -> Sequence[IntakeTopic]:
        known = {topic.value for topic in IntakeTopic}
        return [IntakeTopic(topic) for topic, _ in self.answers if topic in known]


def _account(
    runtime: AssistRuntime,
    tenant_id: TenantId,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> _Account:
    answers: list[tuple[str, str]] = []
    is_complete = False
    for record in runtime.journal.load(tenant_id, intake_session_id_of(conversation_id)):
        match record.event:
            case IntakeQuestionAnswered(content=IntakeAnswer() as answer, topic=topic):
                answers.append((topic, answer.text))
            case IntakeCompleted():
                is_complete = record.event.message_id == message_id
            case _:
                pass
    return _Account(answers=tuple(answers), is_complete=is_complete)


def _account_in_words(first: _Message, account: _Account) -> str:
    return "\n".join([first.words, *(text for _, text in account.answers)])


def _known_names(contact: Contact, account: _Account) -> tuple[str, ...]:
    profile = contact.details.profile_name if contact.details else None
    stated = [text for topic, text in account.answers if topic == IntakeTopic.FULL_NAME]
    parties = [text for topic, text in account.answers if topic == IntakeTopic.OPPOSING_PARTY]
    return tuple(name for name in (profile, *stated, *parties) if name)
