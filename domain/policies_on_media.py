"""Whenever a message announces a file, or a member asks for it again, it is fetched."""

from domain.announced_file import announced_file_kind
from domain.echoed_message import MessageEchoed
from domain.effects import Effect, FetchMedia
from domain.event import EventRecord, fact_of
from domain.identity import media_fetch_id_after, media_id_of
from domain.inbound_message import MessageReceived
from domain.media import MediaRetryRequested


def fetch_announced_media(record: EventRecord) -> Effect | None:
    """Whenever a message announces a file (of either side, also an edit), fetch the file."""
    event = record.event
    if not isinstance(event, MessageReceived | MessageEchoed):
        return None
    if announced_file_kind(event) is None:
        return None
    return FetchMedia(
        fetch_id=media_fetch_id_after(record.event_id),
        media_id=media_id_of(event.message_id),
        message_id=event.message_id,
        conversation_id=event.conversation_id,
    )


def fetch_media_again(record: EventRecord) -> Effect:
    """Whenever a member asked for another attempt, fetch the file again."""
    event = fact_of(record, MediaRetryRequested)
    return FetchMedia(
        fetch_id=media_fetch_id_after(record.event_id),
        media_id=event.media_id,
        message_id=event.message_id,
        conversation_id=event.conversation_id,
    )
