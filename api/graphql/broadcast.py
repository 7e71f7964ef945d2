"""Broadcasts: what was planned, what it would cost, how far it has come."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from api.graphql.access import described, guarded
from api.graphql.contact import Contact
from api.graphql.content import (
    ContentState,
    MessageContent,
    content_state,
    outbound_content,
    shown,
    text_content,
)
from api.graphql.context import Info
from api.graphql.daily_limit import fitting
from api.graphql.enums import BroadcastState, ConsentPurpose
from api.graphql.ids import global_id, uuid_of
from api.graphql.member import Member
from api.graphql.node import NOT_LOADED, Maybe, Node, related
from api.graphql.sender_number import SenderNumber
from api.reading import Opened, Reading
from domain.broadcast import BroadcastContent, ForecastLine
from domain.broadcast_recipient import RecipientContent
from domain.broadcast_words import TextWords
from domain.scopes import Scope
from projections.broadcast_recipients import (
    PLANNED,
    BroadcastRecipientRow,
    DeliveryCount,
    SampleRow,
)
from projections.broadcasts import BroadcastRow, audience_of, excluded_of, forecast_of

if TYPE_CHECKING:
    from api.graphql.timeline import OutboundMessage

LazyOutboundMessage = Annotated["OutboundMessage", strawberry.lazy("api.graphql.timeline")]


@strawberry.type(description="How many contacts of the audience get nothing, for one reason.")
class ExcludedCount:
    """A line of the plan."""

    reason: str = strawberry.field(description="The stable code of the reason.")
    contacts: int = strawberry.field(description="How many contacts.")


@strawberry.type(description="What Meta charges for one message, and where that was read.")
class MessagePrice:
    """A line of the hub's price list."""

    currency: str = strawberry.field(description="The currency (ISO 4217).")
    price: str = strawberry.field(description="The price of one delivered message, as a decimal.")
    source: str = strawberry.field(description="Where the price was read.")
    source_date: str = strawberry.field(description="When it was read, as YYYY-MM-DD.")


@strawberry.type(description="How many messages Meta will charge for in a country and category.")
class CostForecast:
    """A line of the forecast. Nothing is guessed: an unknown price stays unknown."""

    country: str = strawberry.field(
        description="The recipients' country (ISO 3166), by country code; empty if unknown."
    )
    category: str = strawberry.field(description="The category by which Meta charges.")
    messages: int = strawberry.field(description="How many messages.")
    line: strawberry.Private[ForecastLine]

    @described("The price of one message; null where the hub's price list does not say.")
    def price(self, info: Info) -> MessagePrice | None:
        """From the price list of the hub."""
        known = info.context.services.prices.price(self.country, self.category)
        if known is None:
            return None
        return MessagePrice(
            currency=known.currency,
            price=str(known.price),
            source=known.source,
            source_date=known.source_date,
        )

    @described("What all of them cost if all are charged for, as a decimal; null if unknown.")
    def cost(self, info: Info) -> str | None:
        """Price times messages."""
        cost = info.context.services.prices.cost(self.line)
        return None if cost is None else str(cost)


@strawberry.type(description="The words for one recipient, exactly as they would be sent.")
class BroadcastSample:
    """A rendered message."""

    body: strawberry.Private[Opened]

    @described("The words; null where `contentState` is not VISIBLE.")
    def content(self, info: Info) -> MessageContent | None:
        """The frozen words."""
        return shown(info, self.body, _frozen)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.body)


@strawberry.type(description="Who would get which words: what a member approves as a whole.")
class BroadcastPlan:
    """The plan that stands."""

    digest: str = strawberry.field(
        description="Stands for all recipients and words together; `approveBroadcast` names it."
    )
    planned_at: datetime = strawberry.field(description="When the plan was made.")
    recipients: int = strawberry.field(description="How many contacts get a message.")
    excluded: list[ExcludedCount] = strawberry.field(
        description="How many contacts of the audience get none, by reason."
    )
    forecast: list[CostForecast] = strawberry.field(
        description="What Meta will charge for, by country and category."
    )
    samples: list[BroadcastSample] = strawberry.field(
        description="Up to three messages as they would be sent; empty unless asked for."
    )
    writes_first: int | None = strawberry.field(
        description="How many of the recipients are written to first, outside the service window, "
        "and count for the daily limit; null for plans from before this was counted."
    )
    sender_key: strawberry.Private[UUID]

    @described(
        "How many of the recipients the daily limit has room for now; the others wait and go out "
        "by themselves. Null where no limit is known or it has no end."
    )
    async def fits_today(self, info: Info) -> int | None:
        """The recipients who need not wait for another day."""
        known: Any = related(NOT_LOADED, info, "DailyLimit", self.sender_key)
        return fitting(self.recipients, self.writes_first, await known)


@strawberry.type(description="How many messages are in one state, for one reason.")
class BroadcastCount:
    """A line of the progress."""

    state: str = strawberry.field(
        description="planned, requested, attempting, in_doubt, accepted, sent, delivered, read, "
        "played, refused or failed."
    )
    reason: str | None = strawberry.field(
        description="Why nothing reached the contact: a reason of admission or Meta's error code."
    )
    messages: int = strawberry.field(description="How many messages.")


@strawberry.type(description="The same words to many contacts, approved as a whole.")
class Broadcast(Node):
    """A row of the broadcasts."""

    state: BroadcastState = strawberry.field(description="Where the broadcast stands.")
    version: int = strawberry.field(
        description="The version of the broadcast, for `expectedVersion` of commands."
    )
    labels: list[str] = strawberry.field(description="Contacts with any of these labels.")
    excluded_labels: list[str] = strawberry.field(description="But with none of these.")
    listed: int | None = strawberry.field(
        description="How many contacts were named one by one; null for an audience by labels."
    )
    consent_purpose: ConsentPurpose = strawberry.field(
        description="Only contacts who agreed to this are written to."
    )
    drafted_at: datetime = strawberry.field(description="When it was drafted.")
    plan_failure: str | None = strawberry.field(
        description="Why no plan could be made, as a stable code; null if none failed."
    )
    approved_at: datetime | None = strawberry.field(description="When it was approved.")
    requested: int = strawberry.field(description="How many messages were asked for.")
    paused_at: datetime | None = strawberry.field(description="Since when it is paused.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled.")
    completed_at: datetime | None = strawberry.field(description="When no message waited any more.")
    plan: BroadcastPlan | None = strawberry.field(description="The plan; null while none stands.")
    progress: list[BroadcastCount] = strawberry.field(
        description="How far its messages have come, right now."
    )
    row: strawberry.Private[BroadcastRow]
    words: strawberry.Private[Opened]
    loaded_sender: strawberry.Private[Maybe[SenderNumber]] = NOT_LOADED
    loaded_approver: strawberry.Private[Maybe[Member]] = NOT_LOADED

    @described("The firm's own title; null where `contentState` is not VISIBLE.")
    def title(self, info: Info) -> str | None:
        """The title."""
        return shown(info, self.words, _title)

    @described("The words with their variables in braces; null if not shown.")
    def content(self, info: Info) -> MessageContent | None:
        """The words before anything is filled in."""
        return shown(info, self.words, _words)

    @described("Whether title and words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.words)

    @guarded(Scope.SENDERS_READ, "The number that it is sent from.")
    def sender_number(self, info: Info) -> SenderNumber | None:
        """Where it is sent from."""
        return related(self.loaded_sender, info, "SenderNumber", self.row.sender_number_id)

    @guarded(Scope.MEMBERS_READ, "The member who approved it; null until then.")
    def approved_by(self, info: Info) -> Member | None:
        """Who approved all of it."""
        return related(self.loaded_approver, info, "Member", approver_of(self.row))


@strawberry.type(description="A contact of a broadcast's audience, and what became of its message.")
class BroadcastRecipient:
    """A row of the recipients."""

    state: str = strawberry.field(
        description="excluded, planned, or the state of the delivery of its message."
    )
    reason: str | None = strawberry.field(description="Why nothing reached the contact.")
    updated_at: datetime = strawberry.field(description="When the state last changed.")
    row: strawberry.Private[BroadcastRecipientRow]
    body: strawberry.Private[Opened]
    loaded_contact: strawberry.Private[Maybe[Contact]] = NOT_LOADED
    loaded_message: strawberry.Private[Maybe[LazyOutboundMessage]] = NOT_LOADED

    @described("The frozen words; null where there are none or they may not be seen.")
    def content(self, info: Info) -> MessageContent | None:
        """The words for this contact."""
        return shown(info, self.body, _frozen)

    @described("Whether the words are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.body)

    @guarded(Scope.CONTACTS_READ, "The contact.")
    def contact(self, info: Info) -> Contact | None:
        """Who it is for."""
        return related(self.loaded_contact, info, "Contact", self.row.contact_id)

    @guarded(Scope.CONVERSATIONS_READ, "The message; null while it was not asked for.")
    def message(self, info: Info) -> LazyOutboundMessage | None:
        """What is sent."""
        is_asked_for = self.row.conversation_id is not None and self.row.state != PLANNED
        key = self.row.outbound_message_id if is_asked_for else None
        return related(self.loaded_message, info, "OutboundMessage", key)


def broadcast(
    reading: Reading,
    row: BroadcastRow,
    counts: list[DeliveryCount],
    samples: list[SampleRow],
) -> Broadcast:
    """Return a broadcast with its plan and progress."""
    audience = audience_of(row)
    return Broadcast(
        id=global_id("Broadcast", row.broadcast_id),
        state=BroadcastState(row.state),
        version=row.version,
        labels=list(audience.labels),
        excluded_labels=list(audience.excluded_labels),
        listed=None if audience.listed is None else audience.listed.contacts,
        consent_purpose=ConsentPurpose(audience.consent_purpose.value),
        drafted_at=row.drafted_at,
        plan_failure=row.plan_failure,
        approved_at=row.approved_at,
        requested=row.requested,
        paused_at=row.paused_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
        completed_at=row.completed_at,
        plan=_plan(reading, row, samples),
        progress=[
            BroadcastCount(state=one.state, reason=one.reason, messages=one.messages)
            for one in counts
        ],
        row=row,
        words=reading.content(row.content_sealed),
    )


def recipient(reading: Reading, row: BroadcastRecipientRow) -> BroadcastRecipient:
    """Return a recipient."""
    return BroadcastRecipient(
        state=row.state,
        reason=row.reason,
        updated_at=row.updated_at,
        row=row,
        body=reading.content(row.body_sealed),
    )


def _plan(reading: Reading, row: BroadcastRow, samples: list[SampleRow]) -> BroadcastPlan | None:
    if row.plan_digest is None or row.planned_at is None:
        return None
    return BroadcastPlan(
        digest=row.plan_digest,
        planned_at=row.planned_at,
        recipients=row.recipients,
        excluded=[
            ExcludedCount(reason=one.reason, contacts=one.contacts) for one in excluded_of(row)
        ],
        forecast=[
            CostForecast(
                country=line.country, category=line.category, messages=line.messages, line=line
            )
            for line in forecast_of(row)
        ],
        samples=[BroadcastSample(body=reading.content(one.body_sealed)) for one in samples],
        writes_first=row.writes_first,
        sender_key=row.sender_number_id,
    )


def approver_of(row: BroadcastRow) -> UUID | None:
    """The member who approved the broadcast, if anybody has."""
    return None if row.approved_by is None else uuid_of(row.approved_by)


def _title(content: BroadcastContent) -> str:
    return content.title


def _words(content: BroadcastContent) -> MessageContent:
    words = content.words
    return (
        text_content(words.text) if isinstance(words, TextWords) else outbound_content(words.body)
    )


def _frozen(content: RecipientContent) -> MessageContent:
    return outbound_content(content.body)
