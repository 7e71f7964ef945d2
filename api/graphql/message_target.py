"""The message that a reply or a reaction is about: one of the same conversation, of either side."""

from uuid import UUID

from api.graphql.context import RequestContext
from api.graphql.ids import identifier_of, number_of, parsed_id
from domain.errors import InvalidInput
from domain.identity import MessageId
from domain.outbound_message import OutboundMessage
from projections.timeline_entries import EntryKind
from projections.timeline_queries import entries_by_position, outbound_entries

_FIELD = ("input", "replyToMessageId")


def message_of_conversation(
    context: RequestContext,
    conversation_id: UUID,
    given: str | None,
    *,
    field: tuple[str, ...] = _FIELD,
) -> MessageId | None:
    """Return the message that an id names. Waits for PostgreSQL.

    Raises InvalidId, and InvalidInput for a message of another conversation, or one that WhatsApp
    has not taken yet.
    """
    if given is None:
        return None
    type_name, _ = parsed_id(given)
    if type_name == "OutboundMessage":
        key = identifier_of(given, "OutboundMessage", field=field)
        query = outbound_entries(context.tenant_id, [key])
    else:
        number = number_of(given, "InboundMessage", field=field)
        query = entries_by_position(context.tenant_id, [number])
    read_models = context.services.read_models
    entry = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    is_message = entry is not None and entry.entry_kind in {EntryKind.INBOUND, EntryKind.OUTBOUND}
    if entry is None or not is_message or entry.conversation_id != conversation_id:
        raise InvalidInput("There is no message with this id in the conversation.", field=field)
    if entry.entry_kind == EntryKind.OUTBOUND:
        _must_be_taken(context, entry.entity_id)
    return MessageId(entry.entity_id)


def _must_be_taken(context: RequestContext, outbound_message_id: UUID) -> None:
    records = context.services.journal.load(context.tenant_id, outbound_message_id)
    if OutboundMessage.replay_records(outbound_message_id, records).wamid is None:
        raise InvalidInput(
            "WhatsApp has not taken this message yet.",
            field=_FIELD,
            hint="Wait until the message is sent, then try again.",
        )
