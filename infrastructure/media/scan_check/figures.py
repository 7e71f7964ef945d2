"""The figures: every sample through the real scanner, and what it said."""

import tempfile
import time
from collections.abc import Iterator
from uuid import uuid4

import msgspec

from infrastructure.media.file_cipher import EncryptingWriter, ObjectCipher, new_file_key
from infrastructure.media.inspection.process import ORIGINAL
from infrastructure.media.scan_check.harmless_samples import HARMLESS
from infrastructure.media.scan_check.hostile_samples import HOSTILE
from infrastructure.media.scan_check.sample import Sample
from infrastructure.media.scanner import EncryptedFile, Scanner

HARMLESS_GROUP = "harmless"


class ScanFigure(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a sample. `is_right`: a hostile one is not shown, a harmless one is."""

    group: str
    title: str
    size_bytes: int
    verdict: str
    reason: str
    duration_ms: float
    is_right: bool


def scan_all(scanner: Scanner) -> Iterator[ScanFigure]:
    """Let the scanner look at every sample, one after the other."""
    for group, samples in (*HOSTILE.items(), (HARMLESS_GROUP, HARMLESS)):
        for sample in samples:
            yield _scan(scanner, group, sample)


def _scan(scanner: Scanner, group: str, sample: Sample) -> ScanFigure:
    content = sample.make()
    with tempfile.TemporaryFile() as file:
        tenant_id, media_id, file_key = uuid4(), uuid4(), new_file_key()
        writer = EncryptingWriter(file, ObjectCipher(file_key, tenant_id, media_id, ORIGINAL))
        writer.write(content)
        writer.finish()
        encrypted = EncryptedFile(
            file=file,
            file_key=file_key,
            tenant_id=tenant_id,
            media_id=media_id,
            size=len(content),
        )
        began = time.perf_counter()
        looked = scanner.inspect(encrypted, declared_type=sample.declared_type, name=sample.name)
        duration_ms = (time.perf_counter() - began) * 1000
    return ScanFigure(
        group=group,
        title=sample.title,
        size_bytes=len(content),
        verdict=looked.inspection.verdict.value,
        reason=looked.inspection.reason,
        duration_ms=round(duration_ms, 1),
        is_right=looked.inspection.is_clean == (group == HARMLESS_GROUP),
    )
