"""Where files are kept: each attempt in a place of its own; nothing is left after a deletion."""

from pathlib import Path
from uuid import uuid4

import pytest

from domain.identity import MediaId
from domain.media_commands import ORIGINAL
from infrastructure.media.object_store import ObjectMissing, ObjectStore, object_name
from infrastructure.media.scanner import Scanner
from infrastructure.media.stored_file import opened_windows
from infrastructure.media.workshop import Bench, KeptFile, Taken, Workshop

FIRM, MEDIA = uuid4(), MediaId(uuid4())
TEXT = b"Perjanjian sewa rumah.\n" * 200


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore("", tmp_path)


@pytest.fixture
def workshop(tmp_path: Path, objects: ObjectStore) -> Workshop:
    return Workshop(tmp_path, Scanner(None), objects)


def take_in(bench: Bench) -> Taken:
    writer = bench.writer()
    writer.write(TEXT)
    writer.finish()
    return Taken(len(TEXT), "0" * 64)


def keep(bench: Bench, taken: Taken) -> KeptFile:
    return bench.keep(taken, declared_type=None, name=None)


def opened(objects: ObjectStore, kept: KeptFile) -> bytes:
    windows = opened_windows(
        objects,
        file_key=kept.content.file_key,
        tenant_id=FIRM,
        media_id=MEDIA,
        part=ORIGINAL,
        size=kept.size,
    )
    return b"".join(windows)


def test_a_worker_that_was_frozen_while_another_kept_the_file_overwrites_nothing(
    workshop: Workshop, objects: ObjectStore
) -> None:
    """Found by `hub crash-test --kills 300 --seed 7`: the file was lost."""
    with workshop.bench(FIRM, MEDIA) as frozen, workshop.bench(FIRM, MEDIA) as other:
        taken = take_in(frozen)
        recorded = keep(other, take_in(other))
        keep(frozen, taken)
    assert opened(objects, recorded) == TEXT


def test_a_deletion_leaves_nothing_of_any_attempt(
    workshop: Workshop, objects: ObjectStore, tmp_path: Path
) -> None:
    with workshop.bench(FIRM, MEDIA) as first, workshop.bench(FIRM, MEDIA) as second:
        keep(first, take_in(first))
        kept = keep(second, take_in(second))
    neighbour = object_name(FIRM, uuid4(), ORIGINAL, kept.content.file_key)
    objects.put(neighbour, b"of another file")
    objects.delete_file(FIRM, MEDIA)
    left = [path for path in (tmp_path / "media" / "objects").rglob("*") if path.is_file()]
    assert [path.name for path in left] == [neighbour.rpartition("/")[2]]
    with pytest.raises(ObjectMissing):
        opened(objects, kept)


def test_a_file_that_was_kept_before_names_had_a_mark_still_opens(
    workshop: Workshop, objects: ObjectStore, tmp_path: Path
) -> None:
    with workshop.bench(FIRM, MEDIA) as bench:
        kept = keep(bench, take_in(bench))
    (path,) = (tmp_path / "media" / "objects").rglob("original.*")
    path.rename(path.with_name("original"))
    assert opened(objects, kept) == TEXT
