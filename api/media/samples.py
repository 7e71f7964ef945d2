"""`POST /media/template-samples?sender=<id>`: a sample for the header of a new template.

The file is looked into like any other, handed to Meta and kept nowhere. The answer tells the handle
that `header.example` of `submitTemplate` takes, or why there is none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
from starlette.types import Receive, Scope, Send

from api.authentication import Principal
from api.graphql.context import Services
from api.graphql.ids import identifier_of, uuid_of
from api.media.bench_intake import BenchIntake, provenance_of, ready_bench, scanner_needed
from api.media.reception import Arrival, Reception
from api.media.refusals import FileRefused
from domain.errors import NotFound
from domain.identity import SenderNumberId, TemplateSampleId
from domain.media_upload import uploading_member
from domain.ports.media_inspector import Inspection
from domain.scopes import Scope as AccessScope
from domain.sendable_files import FileNotSendable, safe_name
from domain.template_components import HeaderFormat
from domain.template_sample import NoteTemplateSample, RefuseTemplateSample, sample_format
from infrastructure.media.workshop import Bench, Taken, Workshop
from infrastructure.sender_checks.template_samples import (
    SampleFile,
    SampleNumber,
    TemplateSamples,
)
from infrastructure.telemetry.metrics import MEDIA_FILES
from projections.sender_directory import sender_by_id

PATH: Final = "/media/template-samples"
AT_ONCE: Final = 2
"""Samples that one process hands over at a time: they are rare, and each may wait for Meta."""


class SampleAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sample that Meta has. `handle` is what `header.example` of a new template names."""

    handle: str
    format: str
    content_type: str
    size_bytes: int


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a sample before its first byte: whose, for which number, and what it is."""

    principal: Principal
    number: SampleNumber
    declared_type: str
    name: str | None
    traceparent: str | None


class SampleEndpoint:
    """Hands samples over: 201 with the handle, a problem document (RFC 9457) when not."""

    def __init__(
        self,
        services: Services,
        samples: TemplateSamples,
        reception: Reception,
        *,
        workshop: Callable[[], Workshop],
    ) -> None:
        self._services = services
        self._samples = samples
        self._reception = reception
        self._workshop = workshop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        needed = AccessScope.TEMPLATES_MANAGE
        await self._reception.serve((scope, receive, send), needed, self._take)

    async def _take(self, arrival: Arrival) -> bytes:
        # Asked before the file goes out: what nobody may have done could not be kept afterwards.
        uploading_member(arrival.principal.actor)
        by = Offering(
            principal=arrival.principal,
            number=await self._number(arrival),
            declared_type=arrival.declared_type,
            name=arrival.name,
            traceparent=arrival.traceparent,
        )

        @contextmanager
        def place() -> Iterator[SampleIntake]:
            with ready_bench(self._workshop(), by.principal.tenant_id) as bench:
                yield SampleIntake(self._services, self._samples, bench, by)

        return msgspec.json.encode(await self._reception.take_in(arrival, place))

    async def _number(self, arrival: Arrival) -> SampleNumber:
        """For whose account the sample is. Raises InvalidInput and NotFound."""
        tenant_id = arrival.principal.tenant_id
        wanted = arrival.parameter("sender")
        key = uuid_of(wanted) or identifier_of(wanted, "SenderNumber", field=("sender",))
        query = sender_by_id(tenant_id, key)
        row = await self._services.read_models.read(tenant_id, lambda reading: reading.first(query))
        if row is None:
            raise NotFound("There is no sender number with this id.")
        return SampleNumber(
            tenant_id=tenant_id,
            sender_number_id=SenderNumberId(row.sender_number_id),
            waba_id=row.waba_id,
            phone_number_id=row.phone_number_id,
            access_token_fingerprint=row.access_token_fingerprint,
            graph_url=row.graph_url,
        )


class SampleIntake(BenchIntake):
    """One sample on its way to Meta. Its methods wait for disk, processes, PostgreSQL and Meta."""

    def __init__(
        self, services: Services, samples: TemplateSamples, bench: Bench, by: Offering
    ) -> None:
        super().__init__(bench)
        self._services = services
        self._samples = samples
        self._bench = bench
        self._by = by
        self._sample_id = TemplateSampleId(bench.media_id)

    def finish(self) -> SampleAnswer:
        """Look into the file and hand it to Meta.

        Raises FileRefused and FileNotSendable, which are recorded, ScannerAway,
        TemplateCallRefused, StoreUnavailable, VaultUnavailable.
        """
        taken = self.taken()
        declared, name = self._by.declared_type, self._by.name
        with scanner_needed():
            looked = self._bench.look_into(
                taken,
                declared_type=declared,
                name=safe_name(name, declared) if name else None,
                with_previews=False,
            )
        inspection = looked.inspection
        if not inspection.is_clean:
            self._refuse(inspection, taken, inspection.reason)
            raise FileRefused(inspection.reason, inspection.verdict)
        try:
            header_format = sample_format(inspection.content_type, taken.size)
        except FileNotSendable as refusal:
            self._refuse(inspection, taken, refusal.reason)
            raise
        return self._hand_over(taken, inspection.content_type, header_format)

    def _hand_over(
        self, taken: Taken, content_type: str, header_format: HeaderFormat
    ) -> SampleAnswer:
        file = SampleFile(
            content_type=content_type,
            size=taken.size,
            content=lambda start: self._bench.content(taken, start),
        )
        handle = self._samples.hand_over(self._by.number, file)
        digest = self._services.vault.digest(
            self._by.principal.tenant_id, "file", bytes.fromhex(taken.sha256)
        )
        self._handle(
            NoteTemplateSample(
                sample_id=self._sample_id,
                tenant_id=self._by.number.tenant_id,
                waba_id=self._by.number.waba_id,
                sender_number_id=self._by.number.sender_number_id,
                content_type=content_type,
                size_bytes=taken.size,
                file_digest=digest,
                handle=handle,
            )
        )
        MEDIA_FILES.labels("sample_handed_over").inc()
        return SampleAnswer(
            handle=handle,
            format=header_format.value.upper(),
            content_type=content_type,
            size_bytes=taken.size,
        )

    def _refuse(self, inspection: Inspection, taken: Taken, reason: str) -> None:
        MEDIA_FILES.labels("sample_refused").inc()
        self._handle(
            RefuseTemplateSample(
                sample_id=self._sample_id,
                tenant_id=self._by.number.tenant_id,
                waba_id=self._by.number.waba_id,
                sender_number_id=self._by.number.sender_number_id,
                content_type=inspection.content_type,
                size_bytes=taken.size,
                verdict=inspection.verdict,
                reason=reason,
            )
        )

    def _handle(self, command: NoteTemplateSample | RefuseTemplateSample) -> None:
        principal = self._by.principal
        provenance = provenance_of(principal, self._sample_id, self._by.traceparent)
        self._services.hub.handle(command, provenance, principal.scopes)
