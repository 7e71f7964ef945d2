"""Hand the file of a message to Meta, once for each number and digest, before it is attempted.

The upload is no attempt to send: whatever becomes of it, nothing has reached the contact.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import msgspec

from domain.circuit import CircuitKind
from domain.delivery_state import DeliveryState
from domain.effects import PrepareFile
from domain.hosted_file import HOSTED_FOR, HostedFile, NoteFileHosted
from domain.identity import EventId, MediaId, TenantId
from domain.media import FileContent, Media, MediaState
from domain.media_commands import ORIGINAL
from domain.outbound_body import file_of
from domain.outbound_file_commands import NoteFilePrepared, RejectFile
from domain.outbound_media import AttachedFile
from domain.outbound_message import OutboundMessage
from domain.ports.whatsapp import SendErrorClass, SendRefused
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import MEDIA_SCOPES
from domain.sender_number import SenderNumber
from infrastructure.media.object_store import ObjectMissing, ObjectStoreUnavailable
from infrastructure.media.stored_file import opened_windows
from infrastructure.postgres.connections import tenant_session
from infrastructure.telemetry.metrics import MEDIA_FILES
from infrastructure.telemetry.tracing import current_traceparent
from infrastructure.whatsapp.errors import ERROR_RULES
from infrastructure.whatsapp.media_upload import FileUpload
from jobs.media_breaker import MediaBreaker
from jobs.runtime import MediaRuntime
from jobs.work_claims import WorkKey, claim, finish, kept_alive
from jobs.work_not_ready import WorkNotReady
from jobs.work_outcomes import WorkUnavailable
from projections.work_items import WorkItemRow

_UPLOAD: Final = "upload_to_meta.v1"
"""The kind of the lease on one file of one number; messages that share the file share it."""

_ACTOR: Final = Actor(kind=ActorKind.SYSTEM, id="media")
_PASSING: Final = frozenset(
    {
        SendErrorClass.TRANSIENT,
        SendErrorClass.NUMBER_THROTTLED,
        SendErrorClass.ACCOUNT_THROTTLED,
        SendErrorClass.WAIT,
        SendErrorClass.ACCOUNT_BLOCKED,
    }
)
"""Refusals that have nothing to do with the file."""

_UNUSABLE: Final = {
    MediaState.DELETED: "The file was deleted here before the message was sent.",
    MediaState.REFUSED: "The file was refused and is not kept.",
}


class _FileUnusable(Exception):
    """The file cannot be handed over, now or later; `words` say why."""

    def __init__(self, words: str, code: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.code = code


def prepare_file(runtime: MediaRuntime, item: WorkItemRow) -> None:
    """Make sure that Meta has the file, and let the message go on.

    Raises WorkNotReady while another message's upload of the same file runs, WorkUnavailable.
    """
    effect = msgspec.json.decode(item.payload, type=PrepareFile)
    tenant_id = TenantId(item.tenant_id)
    message = runtime.load(OutboundMessage, tenant_id, effect.outbound_message_id)
    if message.needs.preparation_id != effect.preparation_id:
        return
    try:
        file = _wanted(message)
        with _alone(runtime, tenant_id, effect):
            hosted = runtime.load(HostedFile, tenant_id, effect.hosted_file_id)
            lost = message.needs.lost_file_ids
            if hosted.usable_id(runtime.clock.now(), lost=lost) is None:
                _hand_over(runtime, item, effect, message, file)
    except _FileUnusable as unusable:
        _reject(runtime, item, effect, unusable.code, unusable.words)
        return
    except ObjectStoreUnavailable as error:
        raise WorkUnavailable("object_store_unavailable", counts=False) from error
    runtime.hub.handle(
        NoteFilePrepared(
            outbound_message_id=effect.outbound_message_id, preparation_id=effect.preparation_id
        ),
        _provenance(item),
        MEDIA_SCOPES,
    )


def message_of(item: WorkItemRow) -> UUID:
    """The message that the file belongs to."""
    return msgspec.json.decode(item.payload, type=PrepareFile).outbound_message_id


def give_file_up(runtime: MediaRuntime, item: WorkItemRow, reason: str) -> None:
    """Keep that the file could not be handed over; a member may let the message be sent again."""
    effect = msgspec.json.decode(item.payload, type=PrepareFile)
    code = next((int(part) for part in reason.split("_") if part.isdecimal()), None)
    rule = ERROR_RULES.get(code or 0)
    if not reason.startswith("meta_") or rule is None:
        code, words = None, f"The file could not be handed to WhatsApp ({reason})."
    else:
        words = rule.words
    _reject(runtime, item, effect, code, words)


def _wanted(message: OutboundMessage) -> AttachedFile:
    if message.state is not DeliveryState.REQUESTED:
        raise _FileUnusable("The message is not to be sent any more.")
    content = message.content
    file = None if content is None else file_of(content.body)
    if file is None:
        raise _FileUnusable("The contact was erased, and the file with it.")
    return file


@contextmanager
def _alone(runtime: MediaRuntime, tenant_id: TenantId, effect: PrepareFile) -> Iterator[None]:
    """Upload a file of a number only once at a time, by a lease that dies with its holder."""
    key = WorkKey(tenant_id=tenant_id, kind=_UPLOAD, reference=effect.hosted_file_id)
    with tenant_session(runtime.pool, tenant_id) as connection:
        held = claim(connection, key)
    if held is None:
        raise WorkNotReady
    try:
        with kept_alive(runtime.pool, held):
            yield
    finally:
        with tenant_session(runtime.pool, tenant_id) as connection:
            finish(connection, held)


def _hand_over(
    runtime: MediaRuntime,
    item: WorkItemRow,
    effect: PrepareFile,
    message: OutboundMessage,
    file: AttachedFile,
) -> None:
    tenant_id = TenantId(item.tenant_id)
    content = _kept(runtime.load(Media, tenant_id, file.media_id), file)
    number_id = message.requested.sender_number_id
    number = runtime.load(SenderNumber, tenant_id, number_id)
    token = runtime.access_token(tenant_id, number_id, number.access_token_fingerprint)
    if token is None:
        raise WorkUnavailable("access_token_missing")
    uploaded_at = runtime.clock.now()
    upload = FileUpload(
        phone_number_id=number.phone_number_id,
        access_token=token,
        content_type=file.content_type,
        filename=content.name or "",
        size=file.size_bytes,
        content=lambda: _verified(runtime, tenant_id, file, content),
        graph_url=number.graph_url,
    )
    breaker = MediaBreaker(runtime, runtime.circuits, tenant_id, number_id)
    breaker.require_free(number.access_token_fingerprint)
    try:
        meta_media_id = runtime.uploads.upload(upload)
    except SendRefused as refused:
        breaker.note_failure(_cause_of(refused))
        if refused.error_class in _PASSING:
            raise WorkUnavailable(f"meta_{refused.meta_code or 'unreachable'}") from refused
        raise _FileUnusable(refused.words, refused.meta_code) from refused
    except ObjectMissing as error:
        raise _FileUnusable(error.message) from error
    breaker.note_success()
    MEDIA_FILES.labels("handed_over").inc()
    runtime.hub.handle(
        NoteFileHosted(
            hosted_file_id=effect.hosted_file_id,
            sender_number_id=number_id,
            media_id=MediaId(file.media_id),
            meta_media_id=meta_media_id,
            kept_until=uploaded_at + HOSTED_FOR,
        ),
        _provenance(item),
        MEDIA_SCOPES,
    )


def _cause_of(refused: SendRefused) -> str:
    """What the breaker is told: whether the refusal would meet every other file as well."""
    if refused.error_class is SendErrorClass.TRANSIENT:
        return "unavailable"
    return "access_denied" if refused.circuit is CircuitKind.TOKEN else "about_the_file"


def _kept(media: Media, file: AttachedFile) -> FileContent:
    if media.state is not MediaState.STORED:
        raise _FileUnusable(_UNUSABLE.get(media.state, "The file is not kept here."))
    if media.content is None:
        raise _FileUnusable("The contact was erased, and the file with it.")
    if media.content.sha256 != file.sha256:
        raise _FileUnusable("The file is not the one that was approved.")
    return media.content


def _verified(
    runtime: MediaRuntime, tenant_id: TenantId, file: AttachedFile, content: FileContent
) -> Iterator[bytes]:
    """The bytes of the file. The last ones are only given when all are those that were approved."""
    digest = hashlib.sha256()
    waiting = b""
    for window in opened_windows(
        runtime.objects,
        file_key=content.file_key,
        tenant_id=tenant_id,
        media_id=file.media_id,
        part=ORIGINAL,
        size=file.size_bytes,
    ):
        yield waiting
        digest.update(window)
        waiting = window
    if digest.hexdigest() != file.sha256:
        raise _FileUnusable("The file is not the one that was approved.")
    yield waiting


def _reject(
    runtime: MediaRuntime, item: WorkItemRow, effect: PrepareFile, code: int | None, words: str
) -> None:
    MEDIA_FILES.labels("not_handed_over").inc()
    runtime.hub.handle(
        RejectFile(
            outbound_message_id=effect.outbound_message_id,
            preparation_id=effect.preparation_id,
            code=code,
            words=words,
        ),
        _provenance(item),
        MEDIA_SCOPES,
    )


def _provenance(item: WorkItemRow) -> Provenance:
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=_ACTOR,
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get() or item.traceparent,
    )
