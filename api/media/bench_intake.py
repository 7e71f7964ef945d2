"""The way of a file to the place where it is looked into, whatever it was brought for."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from api.authentication import Principal
from api.media.refusals import ScannerAway
from domain.identity import MediaId, TenantId
from domain.ports.media_inspector import ScannerUnavailable
from domain.provenance import Provenance
from infrastructure.media.workshop import Bench, Taken, Workshop
from infrastructure.unique_ids import new_id

_HEAD_BYTES: Final = 64


class BenchIntake:
    """The bytes of one file on their way to a bench. `head` is how it begins."""

    def __init__(self, bench: Bench) -> None:
        self._writer = bench.writer()
        self._digest = hashlib.sha256()
        self.head = b""

    @property
    def size(self) -> int:
        """How many bytes have come so far."""
        return self._writer.size

    def write(self, data: bytes) -> None:
        """Take the next bytes in."""
        if len(self.head) < _HEAD_BYTES:
            self.head = (self.head + data)[:_HEAD_BYTES]
        self._digest.update(data)
        self._writer.write(data)

    def taken(self) -> Taken:
        """The whole file, now that no more bytes come."""
        self._writer.finish()
        return Taken(self.size, self._digest.hexdigest())


@contextmanager
def ready_bench(workshop: Workshop, tenant_id: TenantId) -> Iterator[Bench]:
    """A bench for one file; what is on it is gone when the block ends. Raises ScannerAway."""
    with scanner_needed():
        workshop.scanner.require_ready()
    with workshop.bench(tenant_id, MediaId(new_id())) as bench:
        yield bench


@contextmanager
def scanner_needed() -> Iterator[None]:
    """Raise ScannerAway where a scanner of the block cannot be asked: no file passes unseen."""
    try:
        yield
    except ScannerUnavailable as error:
        raise ScannerAway("A scanner that looks at every file does not answer.") from error


def provenance_of(principal: Principal, file_id: UUID, traceparent: str | None) -> Provenance:
    """Who brought a file, and as which story it is told."""
    return Provenance(
        tenant_id=principal.tenant_id,
        actor=principal.actor,
        correlation_id=file_id,
        traceparent=traceparent,
    )
