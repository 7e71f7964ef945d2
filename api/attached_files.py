"""Attaching a kept file to a message: what the client names becomes a body that can be approved."""

from uuid import UUID

from api.graphql.context import Services
from api.graphql.ids import identifier_of, uuid_of
from domain.errors import InvalidInput
from domain.identity import MediaId, TenantId
from domain.limits import Field
from domain.media import FileContent, Media, MediaState, MediaStored, MediaUploaded
from domain.outbound_media import AttachedFile, MediaBody
from domain.sendable_files import FileNotSendable, safe_name, sendable_kind

_HINT = "Bring the file with POST /media for this conversation and name the id that comes back."


def attached_file(
    services: Services,
    tenant_id: TenantId,
    conversation_id: UUID | None,
    media_id: str,
    field: Field,
    *,
    name: str = "mediaId",
) -> AttachedFile:
    """Return a file of the conversation (None: any), as a body names it. Waits for PostgreSQL.

    Raises InvalidInput for a file that is unknown, of another conversation, or not kept.
    """
    stored, content = _kept(services, tenant_id, conversation_id, media_id, (*field, name))
    return AttachedFile(
        media_id=stored.media_id,
        sha256=content.sha256,
        content_type=stored.content_type,
        size_bytes=stored.size_bytes,
    )


def media_body(
    services: Services,
    tenant_id: TenantId,
    conversation_id: UUID,
    *,
    media_id: str,
    caption: str,
    filename: str | None,
    voice: bool,
    field: Field,
) -> MediaBody:
    """Return the body that sends a file of the conversation. Waits for PostgreSQL.

    The kind follows from the type of the file. A document goes under `filename`, or under the name
    with which it came. Raises InvalidInput.
    """
    here = (*field, "mediaId")
    stored, content = _kept(services, tenant_id, conversation_id, media_id, here)
    try:
        kind = sendable_kind(stored.content_type, stored.size_bytes)
    except FileNotSendable as refusal:
        raise InvalidInput(refusal.message, field=here, hint=refusal.next_step) from refusal
    name = safe_name(filename or content.name, stored.content_type)
    return MediaBody(
        kind=kind,
        file=AttachedFile(
            media_id=stored.media_id,
            sha256=content.sha256,
            content_type=stored.content_type,
            size_bytes=stored.size_bytes,
        ),
        filename=name if kind == "document" else "",
        caption=caption,
        voice=voice,
    )


def _kept(
    services: Services,
    tenant_id: TenantId,
    conversation_id: UUID | None,
    media_id: str,
    here: Field,
) -> tuple[MediaStored | MediaUploaded, FileContent]:
    key = MediaId(uuid_of(media_id) or identifier_of(media_id, "MediaFile", field=here))
    records = services.journal.load(tenant_id, key)
    is_file = bool(records) and isinstance(records[0].event, Media.EVENTS)
    media = Media.replay_records(key, records if is_file else ())
    if not media.exists or conversation_id not in {None, media.conversation_id}:
        raise InvalidInput("The conversation has no file with this id.", field=here, hint=_HINT)
    if media.state is not MediaState.STORED or media.stored is None or media.content is None:
        state = "erased" if media.state is MediaState.STORED else media.state
        raise InvalidInput(f"The file cannot be sent: it is {state}.", field=here, hint=_HINT)
    return media.stored, media.content
