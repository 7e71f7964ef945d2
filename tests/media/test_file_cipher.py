"""Files are encrypted in chunks: any part opens by itself, nothing that was moved does."""

import io
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports.vault import ContentTampered
from infrastructure.media.file_cipher import (
    CHUNK_BYTES,
    STORED_CHUNK_BYTES,
    DecryptingReader,
    EncryptingWriter,
    ObjectCipher,
    encrypted,
    new_file_key,
    stored_size,
)

TENANT, MEDIA, KEY = uuid4(), uuid4(), new_file_key()
SIZES = st.sampled_from(
    [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 77]
)


def cipher(name: str = "original") -> ObjectCipher:
    return ObjectCipher(KEY, TENANT, MEDIA, name)


def content_of(size: int) -> bytes:
    return bytes(number % 251 for number in range(size))


@given(size=SIZES, cuts=st.lists(st.integers(1, 200_000), max_size=5), data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_was_written_in_any_pieces_is_read_back_from_any_place(
    size: int, cuts: list[int], data: st.DataObject
) -> None:
    content = content_of(size)
    file = io.BytesIO()
    writer = EncryptingWriter(file, cipher())
    start = 0
    for cut in cuts:
        writer.write(content[start : start + cut])
        start += cut
    writer.write(content[start:])
    writer.finish()
    assert len(file.getvalue()) == stored_size(size)
    reader = io.BufferedReader(DecryptingReader(file, cipher(), size))
    assert reader.read() == content
    place = data.draw(st.integers(0, size))
    reader.seek(place)
    assert reader.read(1000) == content[place : place + 1000]


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored[:-1],
        lambda stored: stored[:STORED_CHUNK_BYTES],
        lambda stored: stored[STORED_CHUNK_BYTES:],
        lambda stored: stored[STORED_CHUNK_BYTES:] + stored[:STORED_CHUNK_BYTES],
        lambda stored: stored[:100] + bytes([stored[100] ^ 1]) + stored[101:],
        lambda stored: stored[:STORED_CHUNK_BYTES] * 2,
    ],
    ids=["cut", "one chunk left out", "first left out", "swapped", "a bit", "repeated"],
)
def test_a_changed_object_does_not_open(change: object) -> None:
    content = content_of(2 * CHUNK_BYTES)
    stored = change(encrypted(content, cipher()))  # type: ignore[operator]
    with pytest.raises(ContentTampered):
        io.BufferedReader(DecryptingReader(io.BytesIO(stored), cipher(), len(content))).read()


def test_an_object_does_not_open_as_another_one() -> None:
    stored = encrypted(b"halo", cipher("original"))
    with pytest.raises(ContentTampered):
        DecryptingReader(io.BytesIO(stored), cipher("thumbnail"), 4).read(4)
