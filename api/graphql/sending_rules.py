"""What already forbids sending, said before a member approves words in vain.

The decision falls at the moment of sending, in `domain.admission`; this looks at the same obstacles
as the inbox shows them.
"""

from uuid import UUID

from api.graphql.context import RequestContext
from api.graphql.user_errors import Refusal, UserErrorCode
from domain.admission import REFUSALS, RefusalReason, is_service_window_open
from domain.errors import NotFound
from projections.inbox import InboxRow
from projections.inbox_queries import conversations_by_id

_CODES = {
    RefusalReason.CONTACT_OPTED_OUT: UserErrorCode.CONTACT_OPTED_OUT,
    RefusalReason.CONVERSATION_CLOSED: UserErrorCode.CONVERSATION_CLOSED,
    RefusalReason.SERVICE_WINDOW_CLOSED: UserErrorCode.SERVICE_WINDOW_CLOSED,
}


def must_be_sendable(context: RequestContext, conversation_id: UUID) -> InboxRow:
    """Return the conversation's row. Waits for PostgreSQL.

    Raises NotFound, and Refusal where nothing could be sent in the conversation now.
    """
    row = known_conversation(context, conversation_id)
    reason = _obstacle(context, row)
    if reason is not None:
        words = REFUSALS[reason]
        raise Refusal(_CODES[reason], words.words, hint=words.next_step)
    return row


def known_conversation(context: RequestContext, conversation_id: UUID) -> InboxRow:
    """Return the conversation's row. Waits for PostgreSQL; raises NotFound."""
    query = conversations_by_id(context.tenant_id, [conversation_id])
    row = context.services.read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise NotFound("There is no conversation with this id.")
    return row


def _obstacle(context: RequestContext, row: InboxRow) -> RefusalReason | None:
    if row.opted_out:
        return RefusalReason.CONTACT_OPTED_OUT
    if row.state != "open":
        return RefusalReason.CONVERSATION_CLOSED
    if not is_service_window_open(row.last_inbound_at, context.services.clock.now()):
        return RefusalReason.SERVICE_WINDOW_CLOSED
    return None
