"""A call between a contact and a sender number: kept as a record, never made or taken here."""

from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, SenderNumberId, StreamId
from domain.scopes import Scope


class CallContent(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """What Meta said of the call, as JSON in Meta's shape; its id contains phone numbers."""

    value: str


class CallReported(PersonalEvent, frozen=True, kw_only=True):
    """Meta reported a step of a call.

    `call_id` is the same for all steps of one call. `step` is Meta's word: connect, terminate,
    ringing, accepted, rejected. `by_contact` says who called, where Meta tells. `outcome`
    (completed or failed) and `duration_s` (seconds) come with the end.
    """

    TOPIC: ClassVar[str] = "call.reported.v1"
    CONTENT: ClassVar[type] = CallContent

    report_id: StreamId
    call_id: UUID
    conversation_id: ConversationId
    contact_id: ContactId
    sender_number_id: SenderNumberId
    step: str
    by_contact: bool | None = None
    outcome: str | None = None
    duration_s: int | None = None
    envelope_order: int = 0
    content: CallContent | Sealed | Erased | UnsetType = UNSET


class CallReport(Aggregate):
    """A step of a call; its one event says everything."""

    NOUN = "call"
    EVENTS = (CallReported,)

    reported: CallReported | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, CallReported):
            self.reported = event


class ReportCall(Command, frozen=True, kw_only=True):
    """Record a step of a call. A redelivery meets the unique key of its stream."""

    SCOPE = Scope.MESSAGES_INGEST
    AGGREGATE = CallReport
    FIRST_ONLY = True

    report: CallReported

    @property
    def stream_id(self) -> StreamId:
        """The stream of the step, derived from what Meta said."""
        return self.report.report_id

    def execute(self, report: CallReport, _context: CommandContext) -> None:
        """Record the one event of the stream."""
        report.record(self.report)
