"""Fetching a file from Meta: its address by its id, then its bytes, never from anywhere else."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from domain.ports.media_inspector import FILE_BYTES_MAX
from domain.ports.whatsapp import AccessToken
from infrastructure.destinations.destination import DestinationGuard, DestinationRefused
from infrastructure.destinations.failures import CallFailed
from infrastructure.destinations.guarded_call import GuardedAnswer, GuardedClient
from infrastructure.media.file_cipher import EncryptingWriter

ADDRESS_TIMEOUT_S: Final = 15.0
DOWNLOAD_TIMEOUT_S: Final = 120.0
REDIRECTS_MAX: Final = 3
_DESCRIPTION_BYTES_MAX: Final = 64 * 1024
_OK: Final = 200
_DENIED: Final = frozenset({401, 403})
_GONE: Final = frozenset({404, 410})
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})
_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_UNKNOWN_OBJECT: Final = 100
_TOKEN_INVALID: Final = 190


class FetchFailed(Exception):
    """The file did not come. `reason` is a stable word; `is_final` says that no retry helps."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


class FileSource(msgspec.Struct, frozen=True, kw_only=True):
    """Which file of which number is fetched, and how Meta is asked.

    `address` is the download address that came with the message; it may be too old. `sha256` is
    what the message announced, in any of the two writings.
    """

    media_id: str
    phone_number_id: str
    access_token: AccessToken
    graph_url: str
    address: str | None = None
    sha256: str | None = None

    def __repr__(self) -> str:
        return "FileSource(…)"


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes came: how many, and their digest (hexadecimal)."""

    size: int
    sha256: str


class _Description(msgspec.Struct, frozen=True):
    """Meta's answer about a file, as far as it is needed. `file_size` may be a text."""

    url: str | None = None
    sha256: str | None = None
    file_size: int | str | None = None


class MediaDownloader:
    """Fetches files. `hosts` are those that Meta serves files from."""

    def __init__(self, *, graph_version: str, hosts: Sequence[str]) -> None:
        self._graph_version = graph_version
        self._hosts = tuple(hosts)
        self._clients: dict[str, GuardedClient] = {}

    def fetch(self, source: FileSource, into: EncryptingWriter) -> Fetched:
        """Write the file into `into`, verified. Raises FetchFailed; then `into` is unusable.

        The address of the message is used when it still works, else a new one is asked for.
        """
        with _plain_failures():
            client = self._client(source.graph_url)
            announced = [normal_digest(source.sha256)]
            if source.address:
                answer = self._open(client, source, source.address)
                with answer as opened:
                    if opened.status == _OK:
                        return _received(opened, into, announced)
            described = self._describe(client, source)
            announced.append(normal_digest(described.sha256))
            with self._open(client, source, described.url or "") as opened:
                _require_ok(opened.status)
                return _received(opened, into, announced)

    def _client(self, graph_url: str) -> GuardedClient:
        client = self._clients.get(graph_url)
        if client is None:
            host = urlsplit(graph_url).hostname or ""
            # An address that the operator gave may lie anywhere; Meta's own only where Meta is.
            is_meta = any(host == one or host.endswith(f".{one}") for one in self._hosts)
            guard = DestinationGuard(
                hosts=(*self._hosts, host),
                internal_origins=() if is_meta else (graph_url,),
            )
            client = self._clients[graph_url] = GuardedClient(guard)
        return client

    def _describe(self, client: GuardedClient, source: FileSource) -> _Description:
        path = f"{quote(source.media_id, safe='')}?phone_number_id={quote(source.phone_number_id)}"
        url = f"{source.graph_url.rstrip('/')}/{self._graph_version}/{path}"
        with client.call(
            "GET", url, headers=_authorisation(source), total_timeout_s=ADDRESS_TIMEOUT_S
        ) as answer:
            body = answer.beginning(bytes_max=_DESCRIPTION_BYTES_MAX)
        if answer.status != _OK:
            raise _refused(answer.status, body)
        try:
            described = msgspec.json.decode(body, type=_Description)
            size = int(described.file_size or 0)
        except (msgspec.DecodeError, ValueError) as error:
            raise FetchFailed("answer_unreadable") from error
        if size > FILE_BYTES_MAX:
            raise FetchFailed("too_large", is_final=True)
        return described

    @contextmanager
    def _open(self, client: GuardedClient, source: FileSource, url: str) -> Iterator[GuardedAnswer]:
        """The answer of the address; redirects only lead to hosts that may be called anyway."""
        for _ in range(1 + REDIRECTS_MAX):
            with client.call(
                "GET",
                url,
                headers=_authorisation(source),
                total_timeout_s=DOWNLOAD_TIMEOUT_S,
            ) as answer:
                if answer.status not in _REDIRECT:
                    yield answer
                    return
                url = urljoin(url, answer.headers.get("location", ""))
        raise FetchFailed("too_many_redirects")


def _authorisation(source: FileSource) -> dict[str, str]:
    return {"authorization": f"Bearer {source.access_token.reveal()}"}


@contextmanager
def _plain_failures() -> Iterator[None]:
    try:
        yield
    except DestinationRefused as error:
        raise FetchFailed("address_refused", is_final=True) from error
    except CallFailed as error:
        if error.failure.value == "answer_too_large":
            raise FetchFailed("too_large", is_final=True) from error
        raise FetchFailed(error.failure.value) from error


def _received(
    answer: GuardedAnswer, into: EncryptingWriter, announced: Sequence[str | None]
) -> Fetched:
    """Take the bytes in and compare them with every digest that was announced."""
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length) > FILE_BYTES_MAX:
        raise FetchFailed("too_large", is_final=True)
    digest = hashlib.sha256()
    for chunk in answer.chunks(bytes_max=FILE_BYTES_MAX):
        digest.update(chunk)
        into.write(chunk)
    into.finish()
    if length.isdecimal() and int(length) != into.size:
        raise FetchFailed("incomplete")
    found = digest.hexdigest()
    if any(one is not None and not hmac.compare_digest(one, found) for one in announced):
        raise FetchFailed("digest_differs")
    return Fetched(size=into.size, sha256=found)


def _require_ok(status: int) -> None:
    if status in _DENIED:
        raise FetchFailed("access_denied")
    if status != _OK:
        raise FetchFailed("address_not_found" if status in _GONE else "unavailable")


def _refused(status: int, body: bytes) -> FetchFailed:
    """Meta's error about the id of the file: by its code, else by the status."""
    try:
        found: Any = msgspec.json.decode(body)
        code = found["error"]["code"]
    except (msgspec.DecodeError, KeyError, TypeError):
        code = None
    if code == _UNKNOWN_OBJECT or status in _GONE:
        return FetchFailed("no_longer_at_meta", is_final=True)
    if code == _TOKEN_INVALID or status in _DENIED:
        return FetchFailed("access_denied")
    return FetchFailed("unavailable")


def normal_digest(written: str | None) -> str | None:
    """Return a SHA-256 in hexadecimal or base64 as hexadecimal; None for anything else."""
    if written is None:
        return None
    if _HEX.fullmatch(written):
        return written.lower()
    try:
        raw = base64.b64decode(written + "=" * (-len(written) % 4), altchars=None, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == hashlib.sha256().digest_size else None
