"""What every message of a conversation has: what it is about, and what was said about it later.

An original is never changed. Edits, deletions and reactions stand beside it, each with who and
when.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.graphql.access import described
from api.graphql.content import ContentState, MessageContent, content_state, inbound_content, shown
from api.graphql.context import Info
from api.graphql.enums import MessageArrival, MessageRelation
from api.graphql.node import NOT_LOADED, Maybe, related
from api.graphql.status_report import StatusReport, status_key
from api.graphql.timeline_entry import TimelineEntry
from api.reading import Opened, Reading
from domain.inbound_message import Arrival, InboundMessageContent, MessageTarget
from domain.message_content import EditContent, ReactionContent
from projections.message_links import LinkOfMessage


class LaterMessage:
    """A message about an earlier one, with its words."""

    __slots__ = ("row", "words")

    def __init__(self, reading: Reading, row: LinkOfMessage) -> None:
        self.row = row
        self.words = reading.content(row.content_sealed)


Later = Sequence[LaterMessage]


@strawberry.type(description="A reaction that stands.")
class Reaction:
    """The last reaction of one side."""

    reacted_at: datetime = strawberry.field(description="When, by WhatsApp's clock.")
    is_of_firm: bool = strawberry.field(
        description="Whether the firm reacted, outside of the hub; else a contact did."
    )
    words: strawberry.Private[Opened]

    @described("The emoji; null where the token may not read content, or it was erased.")
    def emoji(self, info: Info) -> str | None:
        """The reaction itself."""
        return shown(info, self.words, _emoji)


@strawberry.type(description="A new wording of a message.")
class MessageEdit:
    """One edit; the one before it, or the original, is kept."""

    edited_at: datetime = strawberry.field(description="When, by WhatsApp's clock.")
    is_of_firm: bool = strawberry.field(
        description="Whether the firm edited it, outside of the hub; else the contact did."
    )
    words: strawberry.Private[Opened]

    @described("The new wording; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The words, if they may be seen."""
        return shown(info, self.words, _edited_wording)

    @described("Whether the wording is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why it is shown or not."""
        return content_state(info, self.words)


@strawberry.type(description="The sender deleted the message. It is kept as evidence.")
class MessageRevocation:
    """A deletion."""

    revoked_at: datetime = strawberry.field(description="When, by WhatsApp's clock.")
    is_of_firm: bool = strawberry.field(
        description="Whether the firm deleted it, outside of the hub; else the contact did."
    )


@strawberry.interface(description="A message of a conversation, of either side.")
class ConversationMessage(TimelineEntry):
    """Fields that all messages share."""

    target: strawberry.Private[MessageTarget | None] = None
    loaded_about: strawberry.Private[Maybe[Any]] = NOT_LOADED
    loaded_statuses: strawberry.Private[Maybe[Sequence[StatusReport]]] = NOT_LOADED
    loaded_later: strawberry.Private[Maybe[Later]] = NOT_LOADED

    @described("What the message is to an earlier one; null for one that stands for itself.")
    def relation(self) -> MessageRelation | None:
        """The relation, if there is one."""
        return None if self.target is None else MessageRelation(self.target.relation.value)

    @described(
        "The earlier message that it answers, reacts to, edits or deletes; null if there is none, "
        "or the hub never saw it."
    )
    def about_message(
        self, info: Info
    ) -> (
        Annotated["ConversationMessage", strawberry.lazy("api.graphql.conversation_message")] | None
    ):
        """The earlier message."""
        return related(self.loaded_about, info, "MessageTarget", self.target)

    @described("The reactions that stand, one for each side.")
    async def reactions(self, info: Info) -> list[Reaction]:
        """The last reaction of each side that was not taken back."""
        last = {
            (later.row.by_firm, later.row.contact_id): later
            for later in await self._later(info, "reaction")
        }
        return [
            Reaction(
                reacted_at=later.row.occurred_at, is_of_firm=later.row.by_firm, words=later.words
            )
            for later in last.values()
            if not _is_taken_back(later)
        ]

    @described("Later wordings, oldest first; the entry itself shows the original.")
    async def edits(self, info: Info) -> list[MessageEdit]:
        """Everything that it was changed into."""
        return [
            MessageEdit(
                edited_at=later.row.occurred_at, is_of_firm=later.row.by_firm, words=later.words
            )
            for later in await self._later(info, "edit")
        ]

    @described("Set if the sender deleted the message; the original stays readable.")
    async def revocation(self, info: Info) -> MessageRevocation | None:
        """The deletion."""
        first = next(iter(await self._later(info, "revoke")), None)
        if first is None:
            return None
        return MessageRevocation(revoked_at=first.row.occurred_at, is_of_firm=first.row.by_firm)

    @described("Every status that WhatsApp reported, oldest first; none for the contact's own.")
    async def statuses(self, info: Info) -> list[StatusReport]:
        """The statuses, in a group those of each participant."""
        key = status_key(self.row, self.event_facts)
        known: Any = related(self.loaded_statuses, info, "StatusesOfMessage", key)
        found = await known if hasattr(known, "__await__") else known
        return list(found or ())

    async def _later(self, info: Info, relation: str) -> list[LaterMessage]:
        known: Any = related(self.loaded_later, info, "LaterMessages", self.row.entity_id)
        later = await known if hasattr(known, "__await__") else known
        return [one for one in later or () if one.row.relation == relation]


def message_arrival(facts: Any) -> MessageArrival:
    """Return how a received or echoed message came to the hub."""
    return MessageArrival(getattr(facts, "arrival", Arrival.DIRECT).value)


def _emoji(content: InboundMessageContent) -> str | None:
    return content.body.emoji if isinstance(content.body, ReactionContent) else None


def _is_taken_back(later: LaterMessage) -> bool:
    content = later.words.value
    return isinstance(content, InboundMessageContent) and _emoji(content) is None


def _edited_wording(content: InboundMessageContent) -> MessageContent:
    body = content.body
    return inbound_content(content, body.content if isinstance(body, EditContent) else body)
