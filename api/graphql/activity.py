"""The subscription: what happens in the firm, from a position on, without gap or repetition."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import datetime
from enum import Enum
from functools import reduce
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.authentication import Principal
from api.graphql.access import guarded
from api.graphql.assembly import load
from api.graphql.broadcast import Broadcast
from api.graphql.context import Info
from api.graphql.conversation import Conversation
from api.graphql.cursors import position_cursor, position_of
from api.graphql.dead_letters import DeadLetter, dead_letters_by_id
from api.graphql.draft import Draft
from api.graphql.enums import ActivityKind
from api.graphql.ids import global_id
from api.graphql.member import Actor, actor
from api.graphql.node import NOT_LOADED, Maybe, related
from api.graphql.pages import After
from api.graphql.scalars import Cursor
from api.graphql.sender_number import SenderNumber
from api.graphql.timeline_entry import TimelineEntry
from api.graphql.wanted import NOTHING, Wanted, wanted_below
from api.live.feeds import Feeds, Signal, Told
from api.live.tenant_feed import FeedPage, ReadPage
from api.reading import Reading, ReadModels
from api.stream_position import positions
from domain.identity import TenantId
from domain.inbound_message import MessageReceived
from domain.scopes import Scope
from projections.feed import FeedKind
from projections.feed_queries import ActivityRow, activity_with_origin


@strawberry.interface(description="Something that happened in the firm.")
class Activity:
    """An item of the feed."""

    id: strawberry.ID = strawberry.field(description="The opaque global id of the activity.")
    cursor: Cursor = strawberry.field(description="The position: subscribe after it to resume.")
    kind: ActivityKind = strawberry.field(description="What the activity is about.")
    topic: str = strawberry.field(
        description="The stable name of what happened, such as draft.approved.v1."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    actor: Actor | None = strawberry.field(description="Who caused it.")
    seq: strawberry.Private[int]
    scope: strawberry.Private[Scope]
    traceparent: strawberry.Private[str | None]
    conversation_id: strawberry.Private[UUID | None]
    rendered: strawberry.Private[dict[Any, str]]
    loaded_conversation: strawberry.Private[Maybe[Conversation]] = NOT_LOADED

    @guarded(Scope.CONVERSATIONS_READ, "The conversation as it stands now; null if none.")
    def conversation(self, info: Info) -> Conversation | None:
        """Where it happened."""
        return related(self.loaded_conversation, info, "Conversation", self.conversation_id)


@strawberry.type(description="Something happened to a conversation, its intake or its contact.")
class ConversationActivity(Activity):
    """Conversation, intake, assessment or contact."""


@strawberry.type(description="A message was received or is to be sent, or its delivery moved on.")
class MessageActivity(Activity):
    """A message or its delivery."""

    message_key: strawberry.Private[UUID]
    loaded_message: strawberry.Private[Maybe[TimelineEntry]] = NOT_LOADED

    @guarded(Scope.CONVERSATIONS_READ, "The message as it stands now.")
    def message(self, info: Info) -> TimelineEntry | None:
        """An InboundMessage or an OutboundMessage."""
        if self.is_received:
            return related(self.loaded_message, info, "TimelineEntry", self.seq)
        return related(self.loaded_message, info, "OutboundMessage", self.message_key)

    @property
    def is_received(self) -> bool:
        """Whether the activity is a message of the contact."""
        return self.topic == MessageReceived.TOPIC


@strawberry.type(description="A draft was suggested or decided.")
class DraftActivity(Activity):
    """An event of a draft."""

    draft_key: strawberry.Private[UUID]
    loaded_draft: strawberry.Private[Maybe[Draft]] = NOT_LOADED

    @guarded(Scope.DRAFTS_READ, "The draft as it stands now; null where none could be suggested.")
    def draft(self, info: Info) -> Draft | None:
        """The draft."""
        return related(self.loaded_draft, info, "Draft", self.draft_key)


@strawberry.type(description="A WhatsApp number of the firm stopped or went on sending.")
class SenderNumberActivity(Activity):
    """An event of a sender number."""

    sender_key: strawberry.Private[UUID]
    loaded_sender: strawberry.Private[Maybe[SenderNumber]] = NOT_LOADED

    @guarded(Scope.SENDERS_READ, "The number as it stands now.")
    def sender_number(self, info: Info) -> SenderNumber | None:
        """The number."""
        return related(self.loaded_sender, info, "SenderNumber", self.sender_key)


@strawberry.type(description="A broadcast was planned, approved, stopped, or went on.")
class BroadcastActivity(Activity):
    """An event of a broadcast."""

    broadcast_key: strawberry.Private[UUID]
    loaded_broadcast: strawberry.Private[Maybe[Broadcast]] = NOT_LOADED

    @guarded(Scope.BROADCASTS_READ, "The broadcast as it stands now, with its progress.")
    def broadcast(self, info: Info) -> Broadcast | None:
        """The broadcast."""
        return related(self.loaded_broadcast, info, "Broadcast", self.broadcast_key)


@strawberry.type(
    description="Something was given up, or a person decided about it: somebody has to look."
)
class DeadLetterActivity(Activity):
    """An event of a dead letter."""

    letter_key: strawberry.Private[UUID]
    loaded_letter: strawberry.Private[DeadLetter | None] = None

    @guarded(
        Scope.WORK_READ,
        "The dead letter as it stands now; null where a webhook endpoint stopped answering: its "
        "events are dead letters each.",
    )
    def dead_letter(self) -> DeadLetter | None:
        """What was given up."""
        return self.loaded_letter


@strawberry.type(description="Where the stream begins, sent first to a client without `after`.")
class Position:
    """The client holds a cursor from the start."""

    cursor: Cursor = strawberry.field(description="Everything after it follows.")


@strawberry.type(
    description="The client was too slow and items were dropped; they follow again from here."
)
class Lagged:
    """A pause in the stream, not a gap."""

    cursor: Cursor = strawberry.field(description="The last position that the client was sent.")


@strawberry.enum(description="Why a client has to load its lists anew. New values may be added.")
class ResyncReason(Enum):
    """Why the stream cannot go on after a cursor."""

    TOO_OLD = strawberry.enum_value(
        "too_old", description="Too much has happened since; loading lists anew is quicker."
    )
    UNKNOWN = strawberry.enum_value(
        "unknown", description="The firm's stream does not know the position, or not any more."
    )


@strawberry.type(
    description="The stream cannot go on after the given cursor. Load the lists anew; what happens "
    "from now on follows."
)
class ResyncRequired:
    """A gap that the client has to close by reading."""

    cursor: Cursor = strawberry.field(description="Everything after it follows.")
    reason: ResyncReason = strawberry.field(description="Why the stream cannot go on.")


ActivityItem = Annotated[
    ConversationActivity
    | MessageActivity
    | DraftActivity
    | SenderNumberActivity
    | BroadcastActivity
    | DeadLetterActivity
    | Position
    | Lagged
    | ResyncRequired,
    strawberry.union(
        "ActivityItem",
        description="What a subscriber gets: activities, and news of the stream itself. New "
        "members may be added.",
    ),
]


def _followed(description: str) -> Callable[..., Any]:
    decorator: Callable[..., Any] = strawberry.subscription(description=description)
    return decorator


@strawberry.type(description="Everything that can be followed.")
class Subscription:
    """The root of subscriptions."""

    @_followed(
        "What happens in the firm, in order. With `after` everything since then comes "
        "first, without gap or repetition; without it the first item is a Position. Open to every "
        "valid token; each activity only to tokens with the scope of what it is about."
    )
    async def activity(self, info: Info, after: After = None) -> AsyncGenerator[ActivityItem, None]:
        """The live stream of the principal's firm."""
        principal: Principal = info.context.member
        place = None if after is None else position_of(after, principal.tenant_id)
        items = info.context.services.feed.subscribe(principal, place, wanted_below(info))
        try:
            async for item in items:
                yield _told(item, principal.tenant_id) if isinstance(item, Told) else item
        finally:
            await items.aclose()


ActivityFeeds = Feeds[Any]


def activity_feeds(read_models: ReadModels, **options: Any) -> ActivityFeeds:
    """Return the feeds of this process, reading from `read_models`."""

    def reader_of(tenant_id: TenantId) -> ReadPage[Any]:
        async def read_page(
            after: int, through: int | None, limit: int, interests: Collection[Wanted]
        ) -> FeedPage[Any]:
            wanted = reduce(Wanted.merged, interests, NOTHING)
            # Read once for all subscribers: what each of them may see is decided per field.
            return await read_models.read(
                tenant_id,
                lambda reading: _page(reading, after, through, limit, wanted),
                opens_content=True,
            )

        return read_page

    return Feeds(reader_of, **options)


def _page(
    reading: Reading, after: int, through: int | None, limit: int, wanted: Wanted
) -> FeedPage[Any]:
    seen, head = positions(reading)
    end = seen if through is None else min(through, seen)
    if after >= end:
        return FeedPage((), seen, head)
    query = activity_with_origin(reading.tenant_id, after=after, through=end, limit=limit)
    items = [_item(row) for row in reading.rows(query)]
    _bring_conversations(reading, items, wanted)
    _bring_drafts(reading, items, wanted)
    _bring_messages(reading, items, wanted)
    _bring_senders(reading, items, wanted)
    _bring_broadcasts(reading, items, wanted)
    _bring_letters(reading, items, wanted)
    return FeedPage(items, seen, head)


def _item(row: ActivityRow) -> Activity:
    by = None
    if row.actor_kind is not None and row.actor_id is not None:
        by = actor(row.actor_kind, row.actor_id)
    common: dict[str, Any] = {
        "id": global_id("Activity", row.seq),
        "cursor": position_cursor(row.tenant_id, row.seq),
        "kind": ActivityKind(row.kind),
        "topic": row.topic,
        "occurred_at": row.occurred_at,
        "actor": by,
        "seq": row.seq,
        "scope": Scope(row.scope),
        "traceparent": row.traceparent,
        "conversation_id": row.conversation_id,
        "rendered": {},
    }
    match row.kind:
        case FeedKind.MESSAGE | FeedKind.DELIVERY:
            return MessageActivity(**common, message_key=row.entity_id)
        case FeedKind.DRAFT:
            return DraftActivity(**common, draft_key=row.entity_id)
        case FeedKind.SENDER:
            return SenderNumberActivity(**common, sender_key=row.entity_id)
        case FeedKind.BROADCAST:
            return BroadcastActivity(**common, broadcast_key=row.entity_id)
        case FeedKind.DEAD_LETTER:
            return DeadLetterActivity(**common, letter_key=row.entity_id)
        case _:
            return ConversationActivity(**common)


def _bring_conversations(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the conversations of all items at once."""
    if "conversation" not in wanted:
        return
    keys = (item.conversation_id for item in items)
    found = load(reading, "Conversation", keys, wanted.below("conversation"))
    for item in items:
        if item.conversation_id is not None:
            item.loaded_conversation = found.get(item.conversation_id)


def _bring_drafts(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the drafts of all items at once."""
    if "draft" not in wanted:
        return
    of_drafts = [item for item in items if isinstance(item, DraftActivity)]
    keys = (item.draft_key for item in of_drafts)
    found = load(reading, "Draft", keys, wanted.below("draft"))
    for item in of_drafts:
        item.loaded_draft = found.get(item.draft_key)


def _bring_senders(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the sender numbers of all items at once."""
    if "senderNumber" not in wanted:
        return
    of_senders = [item for item in items if isinstance(item, SenderNumberActivity)]
    keys = (item.sender_key for item in of_senders)
    found = load(reading, "SenderNumber", keys, wanted.below("senderNumber"))
    for item in of_senders:
        item.loaded_sender = found.get(item.sender_key)


def _bring_messages(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the messages of all items at once."""
    if "message" not in wanted:
        return
    below = wanted.below("message")
    messages = [item for item in items if isinstance(item, MessageActivity)]
    received = (item.seq for item in messages if item.is_received)
    inbound = load(reading, "TimelineEntry", received, below)
    sent = (item.message_key for item in messages if not item.is_received)
    outbound = load(reading, "OutboundMessage", sent, below)
    for item in messages:
        found = inbound.get(item.seq) if item.is_received else outbound.get(item.message_key)
        item.loaded_message = found


def _bring_broadcasts(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the broadcasts of all items at once."""
    if "broadcast" not in wanted:
        return
    of_broadcasts = [item for item in items if isinstance(item, BroadcastActivity)]
    keys = (item.broadcast_key for item in of_broadcasts)
    found = load(reading, "Broadcast", keys, wanted.below("broadcast"))
    for item in of_broadcasts:
        item.loaded_broadcast = found.get(item.broadcast_key)


def _bring_letters(reading: Reading, items: Sequence[Activity], wanted: Wanted) -> None:
    """Read the dead letters of all items at once."""
    of_letters = [item for item in items if isinstance(item, DeadLetterActivity)]
    if "deadLetter" not in wanted or not of_letters:
        return
    found = dead_letters_by_id(reading, [item.letter_key for item in of_letters])
    for item in of_letters:
        item.loaded_letter = found.get(item.letter_key)


def _told(told: Told, tenant_id: TenantId) -> Position | Lagged | ResyncRequired:
    cursor = position_cursor(tenant_id, told.seq)
    match told.signal:
        case Signal.POSITION:
            return Position(cursor=cursor)
        case Signal.LAGGED:
            return Lagged(cursor=cursor)
        case Signal.TOO_OLD:
            return ResyncRequired(cursor=cursor, reason=ResyncReason.TOO_OLD)
        case Signal.UNKNOWN:
            return ResyncRequired(cursor=cursor, reason=ResyncReason.UNKNOWN)
