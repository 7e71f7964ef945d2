"""Messages that other systems ask to be sent: requests that wait for a member of the firm."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from api.attached_files import media_body
from api.authentication import Principal
from api.graphql.context import RequestContext, Services
from api.graphql.sending_rules import must_be_sendable
from api.graphql.user_errors import Refusal, UserErrorCode
from api.reading import Reading
from api.rest.recipients import Recipient, conversation_of
from api.rest.requests import Answered, RestRequest, carried_out
from domain.draft_proposal import ProposeDraft
from domain.errors import NotFound
from domain.identity import ContactId, ConversationId, DraftId
from domain.outbound_body import ButtonsBody, ListBody, OutboundBody, TextBody
from domain.outbound_cards import CardsBody, LocationBody
from domain.scopes import Scope
from infrastructure.unique_ids import new_id
from projections.draft_queue import DraftRow, drafts_by_id
from projections.timeline_entries import TimelineRow
from projections.timeline_queries import outbound_entries


class ProposedFile(msgspec.Struct, frozen=True, kw_only=True, tag="media", rename="camel"):
    """A file of the conversation that was brought with `POST /media`, by the id of the answer."""

    media_id: str
    caption: str = ""
    filename: str | None = None
    voice: bool = False


ProposedBody = TextBody | ButtonsBody | ListBody | LocationBody | CardsBody | ProposedFile
"""What another system may propose. A filled-in template also holds how it reads, and a file what it
is: only the hub may say that, a member must never approve what somebody else made up."""


class NewMessage(
    msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}, forbid_unknown_fields=True
):
    """A message to be sent, once a member of the firm has approved it.

    `from` is the id of one of the firm's sender numbers; without it the message goes out from the
    number that the contact wrote to last.
    """

    to: Recipient
    body: ProposedBody
    sender: UUID | None = None


class RequestState(StrEnum):
    """Where a requested message stands. Only a member of the firm moves it on from the first."""

    WAITING_FOR_APPROVAL = "waiting_for_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    SET_ASIDE = "set_aside"


class Delivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an approved message has come. `failure` is a stable reason, null if none."""

    message_id: UUID
    state: str
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    failure: str | None


class RequestedMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A requested message. Its words are not repeated here."""

    id: UUID
    state: RequestState
    conversation_id: UUID
    contact_id: UUID
    requested_at: datetime
    decided_at: datetime | None = None
    delivery: Delivery | None = None


_STATES = {
    "suggested": RequestState.WAITING_FOR_APPROVAL,
    "approved": RequestState.APPROVED,
    "rejected": RequestState.REJECTED,
    "superseded": RequestState.SET_ASIDE,
}


def request_message(
    services: Services, principal: Principal, request: RestRequest, new: NewMessage
) -> Answered:
    """Propose a message and return what became of it. Waits for PostgreSQL.

    The same key with the same body gives the same answer and does nothing more. Raises Forbidden,
    IdempotencyConflict, ContactUnknown, ConversationUnknown, Refusal and InvalidInput.
    """
    principal.require(Scope.DRAFTS_PROPOSE)

    def propose() -> tuple[ProposeDraft, RequestedMessage]:
        row = conversation_of(services, principal.tenant_id, new.to, new.sender)
        _must_be_sendable(RequestContext(services, principal), row.conversation_id)
        command = ProposeDraft(
            draft_id=DraftId(new_id()),
            conversation_id=ConversationId(row.conversation_id),
            contact_id=ContactId(row.contact_id),
            body=_body_of(services, principal, row.conversation_id, new.body),
        )
        answer = RequestedMessage(
            id=command.draft_id,
            state=RequestState.WAITING_FOR_APPROVAL,
            conversation_id=row.conversation_id,
            contact_id=row.contact_id,
            requested_at=services.clock.now(),
        )
        return command, answer

    return carried_out(services, principal, request, propose)


def _body_of(
    services: Services, principal: Principal, conversation_id: UUID, given: ProposedBody
) -> OutboundBody:
    """The body that a member is asked to approve. Raises InvalidInput."""
    if not isinstance(given, ProposedFile):
        return given
    return media_body(
        services,
        principal.tenant_id,
        conversation_id,
        media_id=given.media_id,
        caption=given.caption,
        filename=given.filename,
        voice=given.voice,
        field=("body",),
    )


def _must_be_sendable(context: RequestContext, conversation_id: UUID) -> None:
    """Raise Refusal where nothing could be sent now; what passes by itself does not matter yet."""
    try:
        must_be_sendable(context, conversation_id)
    except Refusal as refusal:
        if refusal.error_code is not UserErrorCode.SENDING_INTERRUPTED:
            raise


def requested_message(reading: Reading, draft_id: UUID) -> RequestedMessage:
    """Return a requested message as it stands. Raises NotFound, also for every other draft."""
    row = reading.first(drafts_by_id(reading.tenant_id, [draft_id]))
    if row is None or row.proposed_by is None:
        raise NotFound("There is no requested message with this id.")
    return _shown(row, _entry(reading, row))


def _entry(reading: Reading, row: DraftRow) -> TimelineRow | None:
    if row.outbound_message_id is None:
        return None
    return reading.first(outbound_entries(reading.tenant_id, [row.outbound_message_id]))


def _shown(row: DraftRow, entry: TimelineRow | None) -> RequestedMessage:
    return RequestedMessage(
        id=row.draft_id,
        state=_STATES[row.state],
        conversation_id=row.conversation_id,
        contact_id=row.contact_id,
        requested_at=row.suggested_at,
        decided_at=row.decided_at,
        delivery=None if entry is None else _delivery(entry),
    )


def _delivery(entry: TimelineRow) -> Delivery:
    return Delivery(
        message_id=entry.entity_id,
        state=entry.delivery_state or "requested",
        sent_at=entry.sent_at,
        delivered_at=entry.delivered_at,
        read_at=entry.read_at,
        failed_at=entry.failed_at,
        failure=entry.failure,
    )
