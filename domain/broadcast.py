"""A broadcast: the same words to many contacts, planned, approved as a whole, and followed."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate
from domain.broadcast_list import RecipientList
from domain.broadcast_words import BroadcastWords
from domain.contact import ConsentPurpose
from domain.errors import HubError
from domain.event import Erased, Event, EventRecord, PersonalEvent, Sealed
from domain.identity import (
    BroadcastId,
    BroadcastPlanId,
    EventId,
    PlanRequestId,
    SenderNumberId,
    TenantId,
    derived_id,
)
from domain.provenance import Actor


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a broadcast is for: contacts with any of these labels and none of the excluded ones.

    With `listed` they are the contacts of that list instead. Only contacts that agreed to
    `consent_purpose` are written to.
    """

    labels: tuple[str, ...]
    excluded_labels: tuple[str, ...] = ()
    consent_purpose: ConsentPurpose = ConsentPurpose.INTAKE
    listed: RecipientList | None = None


class BroadcastContent(msgspec.Struct, frozen=True, kw_only=True, tag="broadcast"):
    """What the firm wrote: a title for its own lists, and the words."""

    title: str
    words: BroadcastWords


class BroadcastDrafted(PersonalEvent, frozen=True, kw_only=True):
    """A member wrote a broadcast. Nobody was chosen yet."""

    TOPIC: ClassVar[str] = "broadcast.drafted.v1"
    CONTENT: ClassVar[type] = BroadcastContent
    SUBJECT: ClassVar[str] = "tenant_id"

    tenant_id: TenantId
    broadcast_id: BroadcastId
    sender_number_id: SenderNumberId
    audience: Audience
    content: BroadcastContent | Sealed | Erased | UnsetType = UNSET


class BroadcastRevised(PersonalEvent, frozen=True, kw_only=True):
    """A member changed words or audience before the approval; a plan made before counts no more."""

    TOPIC: ClassVar[str] = "broadcast.revised.v1"
    CONTENT: ClassVar[type] = BroadcastContent
    SUBJECT: ClassVar[str] = "tenant_id"

    tenant_id: TenantId
    broadcast_id: BroadcastId
    audience: Audience
    content: BroadcastContent | Sealed | Erased | UnsetType = UNSET


class BroadcastPlanRequested(Event, frozen=True, kw_only=True):
    """A member asked who would get which words."""

    TOPIC: ClassVar[str] = "broadcast.plan_requested.v1"

    broadcast_id: BroadcastId
    request_id: PlanRequestId


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many contacts of the audience will not be written to, for one stable reason."""

    reason: str
    contacts: int


class ForecastLine(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages Meta will charge for in one country (ISO 3166) and category.

    The country of a recipient whose number is not known is empty.
    """

    country: str
    category: str
    messages: int


class BroadcastPlanned(Event, frozen=True, kw_only=True):
    """It is settled who would get which words; each recipient and its words stand in own events.

    `plan_digest` is the keyed digest over all recipients and the digests of their words: it is what
    a human approves. A planning that died and was begun anew leaves recipients under the id of a
    plan that no such event names. `writes_first`: how many of them count for the daily limit.
    """

    TOPIC: ClassVar[str] = "broadcast.planned.v1"

    broadcast_id: BroadcastId
    request_id: PlanRequestId
    plan_id: BroadcastPlanId
    plan_digest: str
    recipients: int
    excluded: tuple[ReasonCount, ...]
    forecast: tuple[ForecastLine, ...]
    writes_first: int | None = None


class BroadcastPlanFailed(Event, frozen=True, kw_only=True):
    """No plan could be made (`reason` is a stable code); the broadcast is a draft again."""

    TOPIC: ClassVar[str] = "broadcast.plan_failed.v1"

    broadcast_id: BroadcastId
    request_id: PlanRequestId
    reason: str


class BroadcastApproved(Event, frozen=True, kw_only=True):
    """A human approved exactly these recipients and words, all of them together."""

    TOPIC: ClassVar[str] = "broadcast.approved.v1"

    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    plan_digest: str
    recipients: int


class BroadcastReleased(Event, frozen=True, kw_only=True):
    """The approved messages are in the outbox.

    `requested` is less than the number of recipients where the broadcast was cancelled meanwhile.
    """

    TOPIC: ClassVar[str] = "broadcast.released.v1"

    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    requested: int

    @property
    def release_id(self) -> UUID:
        """The work that has ended."""
        return release_id_of(self.plan_id)


class BroadcastPaused(Event, frozen=True, kw_only=True):
    """No further message of the broadcast is sent until it is resumed."""

    TOPIC: ClassVar[str] = "broadcast.paused.v1"

    broadcast_id: BroadcastId


class BroadcastResumed(Event, frozen=True, kw_only=True):
    """Sending goes on where it was."""

    TOPIC: ClassVar[str] = "broadcast.resumed.v1"

    broadcast_id: BroadcastId


class BroadcastCancelled(Event, frozen=True, kw_only=True):
    """No further message is sent, ever. `plan_id` is set where the broadcast was approved."""

    TOPIC: ClassVar[str] = "broadcast.cancelled.v1"

    broadcast_id: BroadcastId
    reason: str
    plan_id: BroadcastPlanId | None = None


class BroadcastWithdrawn(Event, frozen=True, kw_only=True):
    """The messages of a cancelled broadcast that still waited were taken out of the outbox."""

    TOPIC: ClassVar[str] = "broadcast.withdrawn.v1"

    broadcast_id: BroadcastId
    plan_id: BroadcastPlanId
    messages: int

    @property
    def withdrawal_id(self) -> UUID:
        """The work that has ended."""
        return withdrawal_id_of(self.plan_id)


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages are in one state of delivery; `reason` where they reached nobody."""

    state: str
    messages: int
    reason: str | None = None


class BroadcastProgressed(Event, frozen=True, kw_only=True):
    """Sending went on: how many messages are in which state by now."""

    TOPIC: ClassVar[str] = "broadcast.progressed.v1"

    broadcast_id: BroadcastId
    counts: tuple[StateCount, ...]


class BroadcastCompleted(Event, frozen=True, kw_only=True):
    """No message of the broadcast waits any more. Statuses of Meta may still come in."""

    TOPIC: ClassVar[str] = "broadcast.completed.v1"

    broadcast_id: BroadcastId
    counts: tuple[StateCount, ...]


def release_id_of(plan_id: BroadcastPlanId) -> UUID:
    """Return the one release of an approved plan."""
    return derived_id(plan_id, "release")


def withdrawal_id_of(plan_id: BroadcastPlanId) -> UUID:
    """Return the one withdrawal of an approved plan."""
    return derived_id(plan_id, "withdrawal")


class BroadcastState(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    PLANNING = "planning"
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OVER: Final = frozenset({BroadcastState.COMPLETED, BroadcastState.CANCELLED})
SENDING: Final = frozenset({BroadcastState.APPROVED, BroadcastState.RUNNING})
"""The states in which messages of the broadcast may be sent."""


class BroadcastNotReady(HubError):
    """The broadcast is in a state in which this cannot be done."""

    code = "BROADCAST_NOT_READY"
    hint = "Load the broadcast to see where it stands."


class PlanChanged(HubError):
    """The approval is for another plan than the one that stands now."""

    code = "PLAN_CHANGED"
    hint = "Nothing was approved. Load the plan again, look at it and decide again."


class BroadcastApproval(msgspec.Struct, frozen=True, kw_only=True):
    """Who approved the plan, when, and by which event."""

    event_id: EventId
    approved_by: Actor
    approved_at: datetime


class Broadcast(Aggregate):
    """The broadcast as its events have made it. `plan` is the one that stands, if there is any."""

    NOUN = "broadcast"
    EVENTS = (
        BroadcastDrafted,
        BroadcastRevised,
        BroadcastPlanRequested,
        BroadcastPlanned,
        BroadcastPlanFailed,
        BroadcastApproved,
        BroadcastReleased,
        BroadcastPaused,
        BroadcastResumed,
        BroadcastCancelled,
        BroadcastWithdrawn,
        BroadcastProgressed,
        BroadcastCompleted,
    )

    state: BroadcastState = BroadcastState.DRAFT
    sender_number_id: SenderNumberId | None = None
    audience: Audience | None = None
    content: BroadcastContent | None = None
    request_id: PlanRequestId | None = None
    plan: BroadcastPlanned | None = None
    approved: BroadcastApproved | None = None
    approval: BroadcastApproval | None = None
    is_released: bool = False
    is_withdrawn: bool = False
    counts: tuple[StateCount, ...] = ()

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case BroadcastDrafted():
                self.sender_number_id = event.sender_number_id
                self._take_words(event)
            case BroadcastRevised():
                self._take_words(event)
            case BroadcastPlanRequested():
                self.request_id, self.plan = event.request_id, None
                self.state = BroadcastState.PLANNING
            case BroadcastPlanned():
                self.plan = event
                self.state = BroadcastState.PLANNED
            case BroadcastPlanFailed():
                if self.state is BroadcastState.PLANNING and self.request_id == event.request_id:
                    self.state = BroadcastState.DRAFT
            case BroadcastApproved():
                self.approved = event
                self.state = BroadcastState.APPROVED
            case _:
                self._apply_after_approval(event)

    def _apply_after_approval(self, event: Event) -> None:
        match event:
            case BroadcastReleased():
                self.is_released = True
                if self.state is BroadcastState.APPROVED:
                    self.state = BroadcastState.RUNNING
            case BroadcastPaused():
                self.state = BroadcastState.PAUSED
            case BroadcastResumed():
                self.state = BroadcastState.RUNNING if self.is_released else BroadcastState.APPROVED
            case BroadcastCancelled():
                self.state = BroadcastState.CANCELLED
            case BroadcastWithdrawn():
                self.is_withdrawn = True
            case BroadcastProgressed():
                self.counts = event.counts
            case BroadcastCompleted():
                self.counts = event.counts
                self.state = BroadcastState.COMPLETED

    def _take_words(self, event: BroadcastDrafted | BroadcastRevised) -> None:
        self.audience = event.audience
        self.content = event.content if isinstance(event.content, BroadcastContent) else None
        self.request_id = self.plan = None
        self.state = BroadcastState.DRAFT

    def note_envelope(self, record: EventRecord) -> None:
        """Keep who approved, when, and by which event: the approval of every message."""
        if isinstance(record.event, BroadcastApproved):
            self.approval = BroadcastApproval(
                event_id=record.event_id,
                approved_by=record.actor,
                approved_at=record.occurred_at,
            )
