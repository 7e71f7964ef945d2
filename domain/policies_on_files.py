"""What follows for files that go out: they are handed to Meta, and lost ones are not used again."""

from collections.abc import Iterator

from domain.aggregate import Command
from domain.attempt_needs import LOST_FILE_CODES
from domain.effects import Effect, PrepareFile
from domain.event import EventRecord, fact_of
from domain.hosted_file import NoteFileLost
from domain.identity import hosted_file_id_of
from domain.media import Media
from domain.outbound_file import OutboundFileAwaited
from domain.outbound_message import OutboundMessage, OutboundStatusUpdated
from domain.reader import Reader


def prepare_file(record: EventRecord) -> Effect:
    """Whenever a message waits for its file, upload the file to Meta."""
    event = fact_of(record, OutboundFileAwaited)
    return PrepareFile(
        preparation_id=event.preparation_id,
        outbound_message_id=event.outbound_message_id,
        conversation_id=event.conversation_id,
        hosted_file_id=event.hosted_file_id,
    )


def forget_lost_file(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever Meta reported that it could not use a file it has, let the next message upload it.

    A send is answered before Meta looks at the file, so the error often comes by a status (131053;
    reference, section 12).
    """
    event = fact_of(record, OutboundStatusUpdated)
    if LOST_FILE_CODES.isdisjoint(event.error_codes):
        return
    message = read.load(OutboundMessage, event.outbound_message_id)
    media_id, used = message.requested.media_id, message.needs.used_file_id
    if media_id is None or used is None:
        return
    stored = read.load(Media, media_id).stored
    if stored is not None:
        yield NoteFileLost(
            hosted_file_id=hosted_file_id_of(
                message.requested.sender_number_id, stored.file_digest
            ),
            meta_media_id=used,
        )
