"""Fetch a file of a message: download, verify, have it looked into, keep it encrypted."""

from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from domain.announced_file import announced_file
from domain.echoed_message import MessageEchoed
from domain.effects import FetchMedia
from domain.identity import EventId, TenantId
from domain.inbound_message import Arrival, MessageReceived
from domain.media import EXPIRED, FETCHABLE_FOR, MediaState
from domain.media import Media as MediaAggregate
from domain.media_commands import FailMedia, RefuseMedia, StoreMedia
from domain.message_content import MediaContent
from domain.ports.media_inspector import ScannerUnavailable
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import MEDIA_SCOPES
from domain.sender_number import SenderNumber
from infrastructure.failpoints import failpoint
from infrastructure.media.download import FetchFailed, FileSource
from infrastructure.media.object_store import ObjectStoreUnavailable
from infrastructure.media.workshop import KeptFile, Taken
from infrastructure.telemetry.metrics import MEDIA_FILES
from infrastructure.telemetry.tracing import current_traceparent
from jobs.media_breaker import MediaBreaker
from jobs.runtime import MediaRuntime
from jobs.work_not_ready import WorkNotReady
from jobs.work_outcomes import WorkRefused, WorkUnavailable
from projections.work_items import WorkItemRow

Message: TypeAlias = MessageReceived | MessageEchoed
"""What announces a file: a message of a contact, or one that the firm wrote elsewhere."""

_ACTOR: Final = Actor(kind=ActorKind.SYSTEM, id="media")


def fetch_media(runtime: MediaRuntime, item: WorkItemRow) -> None:
    """Keep the file of a message, or keep that it is refused.

    Raises WorkNotReady, WorkRefused when the file cannot come any more, WorkUnavailable.
    """
    effect = msgspec.json.decode(item.payload, type=FetchMedia)
    tenant_id = TenantId(item.tenant_id)
    if runtime.load(MediaAggregate, tenant_id, effect.media_id).state is not MediaState.ANNOUNCED:
        return
    received, received_at = _received(runtime, tenant_id, effect)
    announced = _announced(runtime, received, received_at)
    number = runtime.load(SenderNumber, tenant_id, received.sender_number_id)
    source = _source(runtime, tenant_id, number, announced)
    breaker = MediaBreaker(runtime, runtime.circuits, tenant_id, received.sender_number_id)
    try:
        runtime.workshop.scanner.require_ready()
        breaker.require_free(number.access_token_fingerprint)
        with runtime.workshop.bench(tenant_id, effect.media_id) as bench:
            fetched = runtime.downloader.fetch(source, bench.writer())
            breaker.note_success()
            failpoint("media.after_download")
            kept = bench.keep(
                Taken(fetched.size, fetched.sha256),
                declared_type=announced.mime_type,
                name=announced.filename,
            )
    except FetchFailed as failed:
        breaker.note_failure(failed.reason)
        raise _outcome(failed) from failed
    except ScannerUnavailable as error:
        raise WorkUnavailable("scanner_unavailable", counts=False) from error
    except ObjectStoreUnavailable as error:
        raise WorkUnavailable("object_store_unavailable", counts=False) from error
    failpoint("media.after_keep")
    _record(runtime, item, effect, received, announced, kept)
    failpoint("media.after_record")


def media_of(item: WorkItemRow) -> UUID:
    """The file that is fetched."""
    return msgspec.json.decode(item.payload, type=FetchMedia).media_id


def fail_media(runtime: MediaRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that the file could not be fetched; a member may ask for another attempt."""
    effect = msgspec.json.decode(item.payload, type=FetchMedia)
    tenant_id = TenantId(item.tenant_id)
    received, _ = _received(runtime, tenant_id, effect)
    MEDIA_FILES.labels("failed").inc()
    runtime.hub.handle(
        FailMedia(
            media_id=effect.media_id,
            fetch_id=effect.fetch_id,
            message_id=effect.message_id,
            conversation_id=effect.conversation_id,
            contact_id=received.contact_id,
            reason=reason.lower(),
        ),
        _provenance(item),
        MEDIA_SCOPES,
    )


def _received(
    runtime: MediaRuntime, tenant_id: TenantId, effect: FetchMedia
) -> tuple[Message, datetime]:
    """The message, and since when Meta hands its file out: an import hands old files out anew."""
    records = runtime.journal.load(tenant_id, effect.message_id)
    record = records[0] if records else None
    if record is None or not isinstance(record.event, MessageReceived | MessageEchoed):
        raise WorkNotReady
    is_imported = record.event.arrival is Arrival.HISTORY
    handed_out_at = record.recorded_at if is_imported else None
    return record.event, handed_out_at or record.occurred_at


def _announced(runtime: MediaRuntime, received: Message, received_at: datetime) -> MediaContent:
    """What the message says of the file. Raises WorkRefused."""
    if received_at + FETCHABLE_FOR < runtime.clock.now():
        raise WorkRefused(EXPIRED)
    body = getattr(received.content, "body", None)
    if body is None:
        raise WorkRefused("erased")
    file = announced_file(body)
    if file is None or not file.media_id:
        raise WorkRefused("no_file_announced")
    return file


def _source(
    runtime: MediaRuntime,
    tenant_id: TenantId,
    number: SenderNumber,
    announced: MediaContent,
) -> FileSource:
    token = runtime.access_token(tenant_id, number.id, number.access_token_fingerprint)
    if token is None:
        raise WorkUnavailable("access_token_missing")
    return FileSource(
        media_id=announced.media_id or "",
        phone_number_id=number.phone_number_id,
        access_token=token,
        graph_url=number.graph_url or runtime.graph_url,
        address=announced.url,
        sha256=announced.sha256,
    )


def _outcome(failed: FetchFailed) -> WorkRefused | WorkUnavailable:
    if failed.reason == "no_longer_at_meta":
        return WorkRefused(EXPIRED)
    return WorkRefused(failed.reason) if failed.is_final else WorkUnavailable(failed.reason)


def _record(
    runtime: MediaRuntime,
    item: WorkItemRow,
    effect: FetchMedia,
    received: Message,
    announced: MediaContent,
    kept: KeptFile,
) -> None:
    command: StoreMedia | RefuseMedia
    inspection = kept.inspection
    if inspection.is_clean:
        command = StoreMedia(
            media_id=effect.media_id,
            fetch_id=effect.fetch_id,
            message_id=effect.message_id,
            conversation_id=effect.conversation_id,
            contact_id=received.contact_id,
            kind=announced.media,
            content_type=inspection.content_type,
            size_bytes=kept.size,
            file_digest=runtime.vault.digest(
                TenantId(item.tenant_id), "file", bytes.fromhex(kept.content.sha256)
            ),
            scanners=inspection.scanners,
            previews=kept.previews,
            file=kept.content,
        )
    else:
        command = RefuseMedia(
            media_id=effect.media_id,
            fetch_id=effect.fetch_id,
            message_id=effect.message_id,
            conversation_id=effect.conversation_id,
            contact_id=received.contact_id,
            verdict=inspection.verdict,
            reason=inspection.reason,
        )
    MEDIA_FILES.labels(inspection.verdict.value).inc()
    runtime.hub.handle(command, _provenance(item), MEDIA_SCOPES)


def _provenance(item: WorkItemRow) -> Provenance:
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=_ACTOR,
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get() or item.traceparent,
    )
