"""What already forbids sending, said before a member approves words in vain.

The decision falls at the moment of sending, in `domain.admission`; this looks at the same obstacles
as they stand while the member waits for the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from api.graphql.context import RequestContext
from api.graphql.sending_times import firm_of
from api.graphql.user_errors import Refusal, UserErrorCode
from domain.admission import (
    REFUSALS,
    RefusalReason,
    is_service_window_open,
    template_obstacle,
)
from domain.contact import Contact
from domain.errors import NotFound
from domain.identity import intake_flow_stream_of
from domain.legal_basis import LegalBasis, basis_of_reply, may_be_replied_to
from domain.outbound_body import OutboundBody
from domain.sender_standing import RestrictionKind
from domain.sending_rules import end_of_quiet
from domain.template import Template
from domain.template_body import TemplateBody
from domain.template_components import TemplateCategory
from projections.inbox import InboxRow
from projections.inbox_queries import conversations_by_id
from projections.sender_directory import SenderRow, sender_by_id
from projections.sender_standing import SenderStandingRow, standings_of

_CODES: Final[Mapping[RefusalReason, UserErrorCode]] = {
    RefusalReason.CONTACT_ERASED: UserErrorCode.CONTACT_ERASED,
    RefusalReason.CONTACT_OPTED_OUT: UserErrorCode.CONTACT_OPTED_OUT,
    RefusalReason.CONSENT_MISSING: UserErrorCode.CONSENT_MISSING,
    RefusalReason.CONVERSATION_CLOSED: UserErrorCode.CONVERSATION_CLOSED,
    RefusalReason.TEMPLATE_MISSING: UserErrorCode.TEMPLATE_MISSING,
    RefusalReason.TEMPLATE_PAUSED: UserErrorCode.TEMPLATE_PAUSED,
    RefusalReason.TEMPLATE_DISABLED: UserErrorCode.TEMPLATE_DISABLED,
    RefusalReason.TEMPLATE_NOT_APPROVED: UserErrorCode.TEMPLATE_NOT_APPROVED,
    RefusalReason.TEMPLATE_CHANGED: UserErrorCode.TEMPLATE_CHANGED,
    RefusalReason.SERVICE_WINDOW_CLOSED: UserErrorCode.SERVICE_WINDOW_CLOSED,
    RefusalReason.TENANT_SUSPENDED: UserErrorCode.FIRM_SUSPENDED,
    RefusalReason.SENDER_NUMBER_PAUSED: UserErrorCode.SENDER_NUMBER_PAUSED,
    RefusalReason.SENDER_NUMBER_BLOCKED: UserErrorCode.SENDER_NUMBER_BLOCKED,
    RefusalReason.SENDER_NUMBER_RESTRICTED: UserErrorCode.SENDER_NUMBER_RESTRICTED,
    RefusalReason.MARKETING_STOPPED: UserErrorCode.MARKETING_STOPPED,
}


def must_be_sendable(
    context: RequestContext,
    conversation_id: UUID,
    legal_basis: LegalBasis | None = None,
    *,
    body: OutboundBody | None = None,
    send_at: datetime | None = None,
) -> InboxRow:
    """Return the conversation's row. Waits for PostgreSQL.

    `legal_basis` is the ground that a member named for a reply without consent. A template as
    `body` may be sent at any time, if Meta sends it now.

    Raises NotFound, and Refusal where nothing could be sent in the conversation now, or at the time
    that was chosen; what may have passed until then is no obstacle.
    """
    row = known_conversation(context, conversation_id)
    number = _number(context, row)
    template_body = body if isinstance(body, TemplateBody) else None
    reason = _obstacle(context, row, number, legal_basis, template_body, send_at)
    if reason is not None:
        words = REFUSALS[reason]
        raise Refusal(_CODES[reason], words.words, hint=words.next_step)
    if send_at is None and number is not None and number.circuit is not None:
        raise Refusal(
            UserErrorCode.SENDING_INTERRUPTED,
            f"Nothing can be sent from {number.display_phone} for the moment: "
            f"{number.circuit_words}",
            hint=f"Try again later. {number.circuit_next_step}",
        )
    return row


def known_conversation(context: RequestContext, conversation_id: UUID) -> InboxRow:
    """Return the conversation's row. Waits for PostgreSQL; raises NotFound."""
    query = conversations_by_id(context.tenant_id, [conversation_id])
    row = context.services.read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise NotFound("There is no conversation with this id.")
    return row


def _number(context: RequestContext, row: InboxRow) -> SenderRow | None:
    query = sender_by_id(context.tenant_id, row.sender_number_id)
    return context.services.read_models.ask(context.tenant_id, lambda reading: reading.first(query))


def _goes_out_at(context: RequestContext, send_at: datetime | None) -> datetime:
    """When a message would go out: at once or when chosen, and after the firm's quiet hours."""
    moment = send_at or context.services.clock.now()
    firm = firm_of(context)
    return end_of_quiet(firm.sending_rules, moment, firm.time_zone) or moment


def _obstacle(
    context: RequestContext,
    row: InboxRow,
    number: SenderRow | None,
    legal_basis: LegalBasis | None,
    template_body: TemplateBody | None,
    send_at: datetime | None,
) -> RefusalReason | None:
    is_now = send_at is None
    contact = _contact(context, row.contact_id)
    person = (contact, *(_contact(context, other) for other in contact.joined_with))
    standing = _standing(context, row)
    goes_out_at = _goes_out_at(context, send_at)
    is_open = is_service_window_open(row.last_inbound_at, goes_out_at)
    obstacles = (
        (RefusalReason.CONTACT_ERASED, contact.is_erased),
        (RefusalReason.CONTACT_OPTED_OUT, any(one.has_opted_out for one in person)),
        (RefusalReason.CONSENT_MISSING, not _may_be_replied_to(context, contact, legal_basis)),
        (RefusalReason.CONVERSATION_CLOSED, row.state != "open"),
        (RefusalReason.SERVICE_WINDOW_CLOSED, template_body is None and not is_open),
        (RefusalReason.TENANT_SUSPENDED, number is not None and number.tenant_suspended),
        (RefusalReason.SENDER_NUMBER_BLOCKED, standing is not None and standing.known_blocks()),
        (
            RefusalReason.SENDER_NUMBER_RESTRICTED,
            standing is not None and _is_restricted(standing, goes_out_at, is_answer=is_open),
        ),
        (RefusalReason.SENDER_NUMBER_PAUSED, number is not None and number.paused and is_now),
    )
    found = next((reason for reason, is_so in obstacles if is_so), None)
    if found is None and template_body is not None and number is not None:
        template = known_template(context, template_body.template_id)
        is_marketing = template.category is TemplateCategory.MARKETING
        if is_marketing and any(one.has_stopped_marketing for one in person):
            return RefusalReason.MARKETING_STOPPED
        return template_obstacle(template_body, template, number.waba_id)
    return found


def _contact(context: RequestContext, contact_id: UUID) -> Contact:
    records = context.services.journal.load(context.tenant_id, contact_id)
    return Contact.replay_records(contact_id, records)


def known_template(context: RequestContext, template_id: UUID) -> Template:
    """Return a template of the firm as it stands; one without events for an unknown id.

    Waits for PostgreSQL.
    """
    records = context.services.journal.load(context.tenant_id, template_id)
    if records and not isinstance(records[0].event, Template.EVENTS):
        return Template(template_id)
    return Template.replay_records(template_id, records)


def _standing(context: RequestContext, row: InboxRow) -> SenderStandingRow | None:
    query = standings_of(context.tenant_id, [row.sender_number_id])
    ask = context.services.read_models.ask
    return ask(context.tenant_id, lambda reading: reading.first(query))


def _is_restricted(standing: SenderStandingRow, moment: datetime, *, is_answer: bool) -> bool:
    kind = RestrictionKind.CUSTOMER_INITIATED if is_answer else RestrictionKind.BUSINESS_INITIATED
    return any(one.kind == kind and one.holds_at(moment) for one in standing.known_restrictions())


def _may_be_replied_to(
    context: RequestContext, contact: Contact, stated: LegalBasis | None
) -> bool:
    if may_be_replied_to(contact, stated):
        return True
    stream_id = intake_flow_stream_of(context.tenant_id)
    records = context.services.journal.load(context.tenant_id, stream_id)
    basis = basis_of_reply(contact, stated, is_consent_asked_for=bool(records))
    return may_be_replied_to(contact, basis)
