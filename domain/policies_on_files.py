"""Whenever a message waits for its file, the file is handed to Meta."""

from domain.effects import Effect, PrepareFile
from domain.event import EventRecord, fact_of
from domain.outbound_file import OutboundFileAwaited


def prepare_file(record: EventRecord) -> Effect:
    """Whenever a message waits for its file, upload the file to Meta."""
    event = fact_of(record, OutboundFileAwaited)
    return PrepareFile(
        preparation_id=event.preparation_id,
        outbound_message_id=event.outbound_message_id,
        conversation_id=event.conversation_id,
        hosted_file_id=event.hosted_file_id,
    )
