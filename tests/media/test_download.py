"""A file comes from Meta or not at all: whole, verified, and from no other host."""

import base64
import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from domain.ports.media_inspector import FILE_BYTES_MAX
from domain.ports.whatsapp import AccessToken
from infrastructure.media.download import (
    Fetched,
    FetchFailed,
    FileSource,
    MediaDownloader,
    normal_digest,
)
from infrastructure.media.file_cipher import EncryptingWriter, ObjectCipher, new_file_key
from tests.media.meta_files import MEDIA_ID, TOKEN, MetaFiles, meta_files

HOSTS = ("facebook.com", "fbsbx.com")


@pytest.fixture
def meta() -> Iterator[MetaFiles]:
    with meta_files(b"isi berkas" * 1000) as running:
        yield running


def fetch(meta: MetaFiles, **facts: Any) -> Fetched:
    told: dict[str, Any] = {
        "media_id": MEDIA_ID,
        "phone_number_id": "200",
        "access_token": AccessToken(TOKEN),
        "graph_url": meta.url,
        "sha256": meta.sha256,
    }
    source = FileSource(**(told | facts))
    cipher = ObjectCipher(new_file_key(), uuid4(), uuid4(), "original")
    downloader = MediaDownloader(graph_version="v26.0", hosts=HOSTS)
    return downloader.fetch(source, EncryptingWriter(io.BytesIO(), cipher))


def test_the_address_of_the_message_is_used_while_it_works(meta: MetaFiles) -> None:
    found = fetch(meta, address=meta.address)
    assert (found.size, found.sha256) == (len(meta.content), meta.sha256)
    assert meta.calls == ["/file?hash=old"]


def test_an_address_that_is_too_old_is_renewed(meta: MetaFiles) -> None:
    meta.statuses = [404]
    assert fetch(meta, address=meta.address).size == len(meta.content)
    assert meta.calls == [
        "/file?hash=old",
        f"/v26.0/{MEDIA_ID}?phone_number_id=200",
        "/file?hash=new",
    ]


@pytest.mark.parametrize("form", ["hex", "upper", "base64", "unpadded", "nonsense", "none"])
def test_the_digest_is_read_in_every_writing(meta: MetaFiles, form: str) -> None:
    raw = bytes.fromhex(meta.sha256)
    written = {
        "hex": meta.sha256,
        "upper": meta.sha256.upper(),
        "base64": base64.b64encode(raw).decode(),
        "unpadded": base64.b64encode(raw).decode().rstrip("="),
        "nonsense": "no digest at all",
        "none": None,
    }[form]
    assert normal_digest(written) == (None if form in {"nonsense", "none"} else meta.sha256)
    assert fetch(meta, sha256=written).sha256 == meta.sha256


def test_bytes_with_another_digest_are_not_taken(meta: MetaFiles) -> None:
    with pytest.raises(FetchFailed, match="digest_differs"):
        fetch(meta, address=meta.address, sha256="0" * 64)
    meta.description = {"sha256": "1" * 64}
    with pytest.raises(FetchFailed, match="digest_differs"):
        fetch(meta, sha256=None)


def test_a_redirect_leads_to_allowed_hosts_only(meta: MetaFiles) -> None:
    meta.statuses, meta.location = [302], "/file?hash=moved"
    assert fetch(meta).size == len(meta.content)
    meta.statuses, meta.location = [302], "http://169.254.169.254/latest/meta-data"
    with pytest.raises(FetchFailed, match="address_refused") as caught:
        fetch(meta)
    assert caught.value.is_final
    meta.statuses, meta.location = [302] * 9, "/file"
    with pytest.raises(FetchFailed, match="too_many_redirects"):
        fetch(meta)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/file",
        "https://facebook.com.evil.example/file",
        "http://127.0.0.1:1/file",
        "http://localhost/file",
        "file:///etc/passwd",
        "https://fbsbx.com@evil.example/",
        "gopher://fbsbx.com/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
def test_an_address_elsewhere_is_never_called(meta: MetaFiles, address: str) -> None:
    with pytest.raises(FetchFailed, match="address_refused"):
        fetch(meta, address=address)
    meta.description = {"url": address}
    with pytest.raises(FetchFailed, match="address_refused"):
        fetch(meta)


def test_a_body_that_ends_early_is_not_taken(meta: MetaFiles) -> None:
    meta.announced_length = len(meta.content) + 1
    with pytest.raises(FetchFailed, match=r"incomplete|connection_lost|answer_unreadable"):
        fetch(meta)


def test_what_is_larger_than_allowed_is_not_read(meta: MetaFiles) -> None:
    meta.announced_length = FILE_BYTES_MAX + 1
    with pytest.raises(FetchFailed, match="too_large") as caught:
        fetch(meta, address=meta.address)
    assert caught.value.is_final
    meta.description = {"file_size": str(FILE_BYTES_MAX + 1)}
    with pytest.raises(FetchFailed, match="too_large"):
        fetch(meta)


@pytest.mark.parametrize(
    ("status", "description", "reason", "is_final"),
    [
        (400, {"error": {"code": 100}}, "no_longer_at_meta", True),
        (404, {}, "no_longer_at_meta", True),
        (401, {"error": {"code": 190}}, "access_denied", False),
        (500, {"error": {"code": 2}}, "unavailable", False),
        (200, {"file_size": "many"}, "answer_unreadable", False),
    ],
)
def test_what_meta_answers_about_the_id_is_told_apart(
    meta: MetaFiles, status: int, description: dict[str, Any], reason: str, is_final: bool
) -> None:
    meta.description_status, meta.description = status, description
    with pytest.raises(FetchFailed) as caught:
        fetch(meta)
    assert (caught.value.reason, caught.value.is_final) == (reason, is_final)
