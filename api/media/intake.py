"""Taking one file in: written encrypted as it comes, looked into, kept, and recorded either way.

Runs in a thread of its own pool; at no time is more than a window of the file in memory.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from api.authentication import Principal
from api.graphql.context import Services
from api.media.bench_intake import BenchIntake, provenance_of, ready_bench, scanner_needed
from api.media.refusals import FileRefused, upload_words
from domain.errors import HubError
from domain.hub import Outcome
from domain.identity import ContactId, ConversationId, MediaId
from domain.media_upload import KeepUpload, RefuseUpload
from domain.ports.media_inspector import Inspection, Verdict
from domain.sendable_files import (
    STILL_STICKER_BYTES_MAX,
    FileNotSendable,
    kind_of_type,
    safe_name,
    sendable_kind,
)
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.workshop import Bench, KeptFile, Workshop
from infrastructure.telemetry.metrics import MEDIA_FILES

_ANIMATED_WEBP: Final = 0x02
_OGG: Final = "audio/ogg"


class Bringing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file before its first byte: for whom, and what it is said to be."""

    principal: Principal
    conversation_id: ConversationId
    contact_id: ContactId
    declared_type: str
    name: str | None
    traceparent: str | None


class UploadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was kept. `seq` is the position of the firm's log that tells of it."""

    media_id: MediaId
    kind: str
    content_type: str
    size_bytes: int
    file_name: str
    seq: int


class FileIntake(BenchIntake):
    """One file on its way in. Its methods wait for disk, processes and PostgreSQL."""

    def __init__(
        self, services: Services, objects: ObjectStore, bench: Bench, by: Bringing
    ) -> None:
        super().__init__(bench)
        self._services = services
        self._objects = objects
        self._bench = bench
        self._by = by
        self._media_id = bench.media_id

    def finish(self) -> UploadedFile:
        """Look into the file and keep it.

        Raises FileRefused and FileNotSendable, which are recorded, ScannerAway,
        ObjectStoreUnavailable, StoreUnavailable, VaultUnavailable.
        """
        refusals: list[FileNotSendable] = []

        def is_sendable(inspection: Inspection) -> bool:
            try:
                self._require_sendable(inspection.content_type)
            except FileNotSendable as refusal:
                refusals.append(refusal)
            return not refusals

        name = safe_name(self._by.name, self._by.declared_type) if self._by.name else None
        with scanner_needed():
            kept = self._bench.keep(
                self.taken(),
                declared_type=self._by.declared_type,
                name=name,
                still_wanted=is_sendable,
            )
        inspection = kept.inspection
        if not inspection.is_clean:
            self._refuse(inspection.content_type, inspection.verdict, inspection.reason)
            raise FileRefused(inspection.reason, inspection.verdict)
        if refusals:
            self._refuse(inspection.content_type, Verdict.CLEAN, refusals[0].reason)
            raise refusals[0]
        return self._keep(kept)

    def _require_sendable(self, content_type: str) -> None:
        kind = sendable_kind(content_type, self.size)
        if kind == "sticker" and self.size > STILL_STICKER_BYTES_MAX and not _moves(self.head):
            raise _not_sendable("sticker_too_large")
        if content_type == _OGG and b"OpusHead" not in self.head:
            raise _not_sendable("voice_codec")

    def _keep(self, kept: KeptFile) -> UploadedFile:
        inspection = kept.inspection
        kind = kind_of_type(inspection.content_type) or ""
        command = KeepUpload(
            media_id=self._media_id,
            conversation_id=self._by.conversation_id,
            contact_id=self._by.contact_id,
            kind=kind,
            content_type=inspection.content_type,
            size_bytes=kept.size,
            file_digest=self._services.vault.digest(
                self._by.principal.tenant_id, "file", bytes.fromhex(kept.content.sha256)
            ),
            scanners=inspection.scanners,
            previews=kept.previews,
            file=kept.content,
        )
        try:
            outcome = self._handle(command)
        except HubError:
            # Nobody can ask for what no event tells of; its key is gone with this process.
            with contextlib.suppress(HubError):
                self._objects.delete_file(self._by.principal.tenant_id, self._media_id)
            raise
        MEDIA_FILES.labels("uploaded").inc()
        return UploadedFile(
            media_id=self._media_id,
            kind=kind,
            content_type=inspection.content_type,
            size_bytes=kept.size,
            file_name=safe_name(kept.content.name, inspection.content_type),
            seq=max((one.tenant_seq or 0 for one in outcome.records), default=0),
        )

    def _refuse(self, content_type: str, verdict: Verdict, reason: str) -> None:
        MEDIA_FILES.labels("upload_refused").inc()
        self._handle(
            RefuseUpload(
                media_id=self._media_id,
                conversation_id=self._by.conversation_id,
                contact_id=self._by.contact_id,
                kind=kind_of_type(content_type) or "document",
                verdict=verdict,
                reason=reason,
            )
        )

    def _handle(self, command: KeepUpload | RefuseUpload) -> Outcome:
        principal = self._by.principal
        provenance = provenance_of(principal, self._media_id, self._by.traceparent)
        return self._services.hub.handle(command, provenance, principal.scopes)


@contextmanager
def file_intake(
    services: Services, workshop: Workshop, objects: ObjectStore, by: Bringing
) -> Iterator[FileIntake]:
    """A place for one file; what was not kept is gone when the block ends. Raises ScannerAway."""
    with ready_bench(workshop, by.principal.tenant_id) as bench:
        yield FileIntake(services, objects, bench, by)


def _moves(head: bytes) -> bool:
    """Whether a WebP says in its extended header that it holds an animation (RFC 9649, 2.7)."""
    return head[12:16] == b"VP8X" and bool(head[20] & _ANIMATED_WEBP)


def _not_sendable(reason: str) -> FileNotSendable:
    return FileNotSendable(reason, *upload_words(reason, Verdict.CLEAN))
