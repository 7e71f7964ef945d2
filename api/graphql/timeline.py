"""Timelines: everything that happened in a conversation, in the order in which people lived it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import strawberry

from api.graphql.access import described, guarded
from api.graphql.call import CallEntry
from api.graphql.content import (
    ContentState,
    MessageContent,
    content_state,
    shown,
)
from api.graphql.context import Info
from api.graphql.conversation import message_words
from api.graphql.conversation_message import ConversationMessage, message_arrival
from api.graphql.delivery import Delivery, delivery_of
from api.graphql.draft import Draft
from api.graphql.echoed_message import EchoedMessage
from api.graphql.enums import (
    AssessmentPurpose,
    Complexity,
    DeliveryState,
    Intent,
    LegalBasis,
    MessageArrival,
    MessagePurpose,
    TimelineEntryKind,
    Urgency,
)
from api.graphql.ids import global_id
from api.graphql.media import MediaFile
from api.graphql.member import Actor, Member, actor
from api.graphql.node import NOT_LOADED, Maybe, related
from api.graphql.timeline_entry import TimelineEntry
from api.graphql.waiting import WaitingReason, waiting_reason
from api.reading import Opened, Reading
from domain.assessment import AssessmentFailed, AssessmentRationale, AssessmentRecorded
from domain.conversation import ConversationAssigned
from domain.event import EVENT_TYPES, Event
from domain.inbound_message import MessageReceived
from domain.intake import IntakeAnswer
from domain.outbound_message import OutboundRequested
from domain.scopes import Scope
from projections.timeline import TimelineRow


@strawberry.type(description="A message of the contact.")
class InboundMessage(ConversationMessage):
    """A message that was received."""

    words: strawberry.Private[Opened]
    loaded_media: strawberry.Private[Maybe[MediaFile]] = NOT_LOADED

    @described("The words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The words, if they may be seen."""
        return shown(info, self.words, message_words)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the words are shown or not."""
        return content_state(info, self.words)

    @guarded(Scope.CONVERSATIONS_READ, "The file that came with the message; null if none did.")
    def media(self, info: Info) -> MediaFile | None:
        """The photo, video, recording, document or sticker."""
        return related(self.loaded_media, info, "MediaOfMessage", self.announced_media_key)

    @described("Whether the hub understands this kind of message.")
    def is_understood(self) -> bool:
        """False for a message that is kept as it came."""
        facts = self.event_facts
        return facts.understood if isinstance(facts, MessageReceived) else True

    @described("Whether it was written in a group, where others read along.")
    def in_group(self) -> bool:
        """True for messages of groups."""
        facts = self.event_facts
        return facts.in_group if isinstance(facts, MessageReceived) else False

    @described("How it came to the hub.")
    def arrival(self) -> MessageArrival:
        """Directly, in standby, or imported."""
        return message_arrival(self.event_facts)


@strawberry.type(description="A message of the firm.")
class OutboundMessage(ConversationMessage):
    """A message that was requested to be sent, with its delivery."""

    purpose: MessagePurpose = strawberry.field(description="What the message is for.")
    delivery: Delivery = strawberry.field(description="How far it has come.")
    words: strawberry.Private[Opened]
    loaded_approver: strawberry.Private[Maybe[Member]] = NOT_LOADED
    loaded_media: strawberry.Private[Maybe[MediaFile]] = NOT_LOADED

    @guarded(Scope.CONVERSATIONS_READ, "The file that goes with the message; null if none does.")
    def media(self, info: Info) -> MediaFile | None:
        """What the firm sends, with links to look at it."""
        return related(self.loaded_media, info, "MediaFile", sent_media_id(self))

    @described("The words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The words, if they may be seen."""
        return shown(info, self.words, message_words)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why the words are shown or not."""
        return content_state(info, self.words)

    @described("The ground of the law on which the words rest where it is not consent; else null.")
    def legal_basis(self) -> LegalBasis | None:
        """What the member named."""
        basis = getattr(self.event_facts, "legal_basis", None)
        return None if basis is None else LegalBasis(basis.value)

    @described("The human who approved exactly these words.")
    def approved_by(self) -> Actor | None:
        """Whoever approved the draft, or published the text."""
        facts = self.event_facts
        if not isinstance(facts, OutboundRequested):
            return None
        approver = facts.approval.approved_by
        return actor(approver.kind.value, approver.id)

    @described(
        "What it waits for, while it is approved: its number cannot send, the daily limit has no "
        "room for its contact, or the firm has quiet hours."
    )
    async def waits_for(self, info: Info) -> WaitingReason | None:
        """The obstacle; null for a message that is on its way or was settled."""
        facts = self.event_facts
        is_waiting = self.delivery.state is DeliveryState.REQUESTED
        if not is_waiting or not isinstance(facts, OutboundRequested):
            return None
        number, own = facts.sender_number_id, self.delivery.put_off_for
        return await info.context.read(lambda reading: waiting_reason(reading, number, own))


def sent_media_id(entry: TimelineEntry) -> UUID | None:
    """The file that goes with a message of the firm."""
    facts = entry.event_facts
    return facts.media_id if isinstance(facts, OutboundRequested) else None


@strawberry.type(description="What the assistant read in the conversation.")
class AssessmentEntry(TimelineEntry):
    """An assessment, or the failure to make one."""

    words: strawberry.Private[Opened]

    @described("Why the assistant was asked.")
    def purpose(self) -> AssessmentPurpose | None:
        """Triage or review."""
        facts = self.event_facts
        is_known = isinstance(facts, AssessmentRecorded | AssessmentFailed)
        return AssessmentPurpose(facts.purpose.value) if is_known else None

    @described("What help is asked for; null where the assessment failed.")
    def intent(self) -> Intent | None:
        """The first label."""
        facts = self.event_facts
        return Intent(facts.intent) if isinstance(facts, AssessmentRecorded) else None

    @described("How soon a person should look; null where it failed.")
    def urgency(self) -> Urgency | None:
        """The second label."""
        facts = self.event_facts
        return Urgency(facts.urgency) if isinstance(facts, AssessmentRecorded) else None

    @described("How much a first review takes; null where it failed.")
    def complexity(self) -> Complexity | None:
        """The third label."""
        facts = self.event_facts
        return Complexity(facts.complexity) if isinstance(facts, AssessmentRecorded) else None

    @described("How long a first review takes; null where it failed.")
    def estimated_review(self) -> timedelta | None:
        """A planning aid."""
        facts = self.event_facts
        is_known = isinstance(facts, AssessmentRecorded)
        return timedelta(minutes=facts.estimated_minutes) if is_known else None

    @described("How sure the assistant is, from 0 to 1; null where it failed.")
    def confidence(self) -> float | None:
        """The probability that intent and urgency are right."""
        facts = self.event_facts
        return facts.confidence if isinstance(facts, AssessmentRecorded) else None

    @described("Which assistant it was; null where it failed.")
    def model(self) -> str | None:
        """The name of the model."""
        facts = self.event_facts
        return facts.model if isinstance(facts, AssessmentRecorded) else None

    @described("Why there is no assessment: a stable code; null if there is.")
    def failure(self) -> str | None:
        """The reason of the failure."""
        facts = self.event_facts
        return facts.reason if isinstance(facts, AssessmentFailed) else None

    @described("The deciding facts in at most 240 characters, if shown.")
    def rationale(self, info: Info) -> str | None:
        """The assistant's words."""
        return shown(info, self.words, _rationale)

    @described("Whether the rationale is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why it is shown or not."""
        return content_state(info, self.words)


@strawberry.type(description="A draft was suggested or decided.")
class DraftEntry(TimelineEntry):
    """An event of a draft; `topic` says which."""

    loaded_draft: strawberry.Private[Maybe[Draft]] = NOT_LOADED

    @guarded(Scope.DRAFTS_READ, "The draft as it stands now; null where none could be suggested.")
    def draft(self, info: Info) -> Draft | None:
        """The draft."""
        return related(self.loaded_draft, info, "Draft", self.row.entity_id)


@strawberry.type(description="A step of the intake.")
class IntakeEntry(TimelineEntry):
    """An event of an intake session."""

    words: strawberry.Private[Opened]

    @described("The key of the question; null for steps without one.")
    def question_key(self) -> str | None:
        """Which question was asked or answered."""
        return getattr(self.event_facts, "question_key", None)

    @described("The contact's answer word for word; null where none is shown.")
    def answer(self, info: Info) -> str | None:
        """The words of the contact."""
        return shown(info, self.words, _answer)

    @described("Whether the answer is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why it is shown or not."""
        return content_state(info, self.words)


@strawberry.type(
    description="Anything else that happened: statuses, consent, assignments, notices."
)
class TimelineNote(TimelineEntry):
    """An event without words; `topic` says what happened."""

    loaded_assignee: strawberry.Private[Maybe[Member]] = NOT_LOADED

    @described("The stable reason that was given with it; null if none was.")
    def reason(self) -> str | None:
        """Why it happened."""
        return getattr(self.event_facts, "reason", None)

    @guarded(Scope.MEMBERS_READ, "The member who was made to look after the conversation.")
    def assigned_to(self, info: Info) -> Member | None:
        """Set on assignments."""
        facts = self.event_facts
        key = facts.member_id if isinstance(facts, ConversationAssigned) else None
        return None if key is None else related(self.loaded_assignee, info, "Member", key)


ENTRY_TYPES: Final = (
    InboundMessage,
    OutboundMessage,
    EchoedMessage,
    CallEntry,
    AssessmentEntry,
    DraftEntry,
    IntakeEntry,
    TimelineNote,
)
"""The types of entries; a new kind gets a type of its own or is a note."""


_WRITTEN_BY_OTHERS: Final[dict[str, type[InboundMessage | EchoedMessage]]] = {
    "inbound": InboundMessage,
    "echo": EchoedMessage,
}


_WORDLESS: Final[dict[str, type[CallEntry | DraftEntry]]] = {
    "call": CallEntry,
    "draft": DraftEntry,
}


def timeline_entry(reading: Reading, row: TimelineRow) -> TimelineEntry:
    """Return an entry of a timeline in its type."""
    written = _WRITTEN_BY_OTHERS.get(row.entry_kind)
    if written is not None:
        words = reading.content(row.content_sealed)
        return written(**_message(row, written.__name__), words=words)
    wordless = _WORDLESS.get(row.entry_kind)
    if wordless is not None:
        return wordless(**_common(row, wordless.__name__))
    match row.entry_kind:
        case "outbound":
            return _outbound(reading, row)
        case "assessment":
            words = reading.content(row.content_sealed)
            return AssessmentEntry(**_common(row, "AssessmentEntry"), words=words)
        case "intake" | "consent" if row.topic.startswith("intake."):
            words = reading.content(row.content_sealed)
            return IntakeEntry(**_common(row, "IntakeEntry"), words=words)
        case _:
            return TimelineNote(**_common(row, "TimelineNote"))


def _outbound(reading: Reading, row: TimelineRow) -> OutboundMessage:
    common = _common(row, "OutboundMessage")
    common["id"] = global_id("OutboundMessage", row.entity_id)
    facts = common["event_facts"]
    return OutboundMessage(
        **common,
        purpose=MessagePurpose(facts.purpose.value),
        delivery=delivery_of(row, facts),
        words=reading.content(row.content_sealed),
    )


def _common(row: TimelineRow, type_name: str) -> dict[str, Any]:
    return {
        "id": global_id(type_name, row.entry_seq),
        "kind": TimelineEntryKind(row.entry_kind),
        "topic": row.topic,
        "occurred_at": row.occurred_at,
        "recorded_at": row.recorded_at,
        "actor": actor(row.actor_kind, row.actor_id),
        "row": row,
        "event_facts": _facts(row),
    }


def _message(row: TimelineRow, type_name: str) -> dict[str, Any]:
    common = _common(row, type_name)
    return {**common, "target": getattr(common["event_facts"], "target", None)}


def _facts(row: TimelineRow) -> Event | None:
    event_type = EVENT_TYPES.get(row.topic)
    return None if event_type is None else msgspec.json.decode(row.facts, type=event_type)


def _rationale(content: AssessmentRationale) -> str:
    return content.rationale


def _answer(content: IntakeAnswer) -> str:
    return content.text
