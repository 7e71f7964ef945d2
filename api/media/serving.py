"""Serving a file by its link: to whoever it was given to, in ranges, one window in memory."""

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Final, NamedTuple
from uuid import UUID

from starlette.types import Message, Receive, Scope, Send

from api.authentication import Authenticator, bearer_token
from api.errors import LinkUnknown, Unauthenticated
from api.media.headers import Range, file_headers, range_of
from api.media.links import PREFIX, MediaGrant, MediaLinks
from api.reading import OpenedState, Reading, ReadModels
from api.request_body import header
from api.responses import respond
from domain.errors import HubError, StoreUnavailable
from domain.hub import LawyersHub
from domain.media import FileContent, MediaNotThere, MediaState
from domain.media_commands import ORIGINAL, NoteMediaOpened
from domain.ports.clock import Clock
from domain.ports.vault import VaultUnavailable
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import ROLE_SCOPES, Role
from domain.scopes import Scope as AccessScope
from infrastructure.media.file_cipher import (
    CHUNK_BYTES,
    STORED_CHUNK_BYTES,
    ObjectCipher,
    chunk_count,
    stored_size,
)
from infrastructure.media.object_store import ObjectStore, object_name
from projections.media import MediaRow, media_by_id, previews_of
from projections.token_directory import scopes_of, token_by_id

WINDOW_CHUNKS: Final = 16
"""Chunks that are read at once: a megabyte."""

THUMBNAIL: Final = "thumbnail"
_NOTED_MAX: Final = 4096

_log = logging.getLogger(__name__)


class _Found(NamedTuple):
    """A part of a file that may be served, and what opens it."""

    row: MediaRow
    content: FileContent
    content_type: str
    size: int


class MediaEndpoint:
    """`GET /media/<link>`: bytes, 206 for a range, 404 for anybody else's link, 410 afterwards."""

    def __init__(
        self,
        *,
        links: MediaLinks,
        authenticator: Authenticator,
        read_models: ReadModels,
        hub: LawyersHub,
        clock: Clock,
        objects: Callable[[], ObjectStore],
    ) -> None:
        self._links = links
        self._authenticator = authenticator
        self._read_models = read_models
        self._hub = hub
        self._clock = clock
        self._open_objects = objects
        self._opened_objects: ObjectStore | None = None
        self._noted: OrderedDict[UUID, None] = OrderedDict()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_begun = False

        async def sending(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._serve(scope, sending)
        except HubError as refusal:
            if is_begun:
                # Only an answer that breaks off says that the rest of the file is missing.
                _log.warning("A file broke off while it was served.", extra={"code": refusal.code})
                return
            await _refuse(send, refusal)

    async def _serve(self, scope: Scope, send: Send) -> None:
        grant = self._links.read(scope["path"].removeprefix(PREFIX))
        await self._require_same_person(grant, scope)
        found = await self._find(grant)
        wanted = range_of(header(scope["headers"], b"range"), found.size)
        if wanted is None:
            total = f"bytes */{found.size}".encode()
            await respond(send, 416, b"", b"text/plain", [(b"content-range", total)])
            return
        is_head = scope["method"] == "HEAD"
        if not is_head:
            await self._note(grant, found.row)
        headers = file_headers(found.content_type, found.content.name)
        headers.append((b"content-length", str(wanted.end - wanted.start).encode()))
        if wanted.is_partial:
            place = f"bytes {wanted.start}-{wanted.end - 1}/{found.size}".encode()
            headers.append((b"content-range", place))
        windows = self._windows(grant, found, wanted)
        # The first window is opened before anything is said: a file that is missing or was changed
        # is told as an error, not as half a file.
        first = b"" if is_head else await anext(windows, b"")
        status = 206 if wanted.is_partial else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        if not is_head:
            async for window in windows:
                await send({"type": "http.response.body", "body": window, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _require_same_person(self, grant: MediaGrant, scope: Scope) -> None:
        """Where the request says who asks, it must be the member that the link was given to."""
        try:
            token = bearer_token(scope["headers"])
            if token is None:
                return
            principal = await self._authenticator.authenticate(token)
        except Unauthenticated as error:
            raise LinkUnknown from error
        if (principal.tenant_id, principal.member_id) != (grant.tenant_id, grant.member_id):
            raise LinkUnknown

    async def _find(self, grant: MediaGrant) -> _Found:
        """The part of the file. Raises LinkUnknown, MediaNotThere."""
        now = self._clock.now()

        def look(reading: Reading) -> tuple[MediaRow, object] | None:
            token = reading.first(token_by_id(grant.tenant_id, grant.token_id))
            row = reading.first(media_by_id(grant.tenant_id, [grant.media_id]))
            if token is None or row is None or token.member_id != grant.member_id:
                return None
            if token.revoked_at is not None or token.expires_at <= now:
                return None
            held = scopes_of(token) & ROLE_SCOPES[Role(token.role)]
            if AccessScope.CONTENT_READ not in held:
                return None
            return row, reading.content(row.content_sealed)

        looked = await self._read_models.read(grant.tenant_id, look, opens_content=True)
        if looked is None:
            raise LinkUnknown
        row, opened = looked
        state = MediaState(row.state)
        if state is not MediaState.STORED or getattr(opened, "state", None) is OpenedState.ERASED:
            raise MediaNotThere(MediaState.DELETED if state is MediaState.STORED else state)
        content: FileContent = getattr(opened, "value")  # noqa: B009 - opened by `read`
        if grant.part == ORIGINAL:
            return _Found(row, content, row.content_type or "", row.size_bytes or 0)
        for preview in previews_of(row):
            if preview.name == grant.part:
                return _Found(row, content, "image/jpeg", preview.size_bytes)
        raise LinkUnknown

    async def _note(self, grant: MediaGrant, row: MediaRow) -> None:
        """Keep that the member looks, before it happens. Small pictures in lists are not kept."""
        if grant.part == THUMBNAIL or grant.link_id in self._noted:
            return
        actor = Actor(kind=ActorKind.MEMBER, id=str(grant.member_id))
        await self._read_models.run(
            self._hub.handle,
            NoteMediaOpened(media_id=grant.media_id, link_id=grant.link_id, part=grant.part),
            Provenance(tenant_id=grant.tenant_id, actor=actor, correlation_id=row.media_id),
            frozenset({AccessScope.CONTENT_READ}),
        )
        self._noted[grant.link_id] = None
        while len(self._noted) > _NOTED_MAX:
            self._noted.popitem(last=False)

    def _objects(self) -> ObjectStore:
        """The store, opened when the first file is asked for: most processes serve none."""
        if self._opened_objects is None:
            self._opened_objects = self._open_objects()
        return self._opened_objects

    async def _windows(
        self, grant: MediaGrant, found: _Found, wanted: Range
    ) -> AsyncIterator[bytes]:
        key = found.content.file_key
        cipher = ObjectCipher(key, grant.tenant_id, grant.media_id, grant.part)
        name = object_name(grant.tenant_id, grant.media_id, grant.part, key)
        last = chunk_count(found.size) - 1
        whole = stored_size(found.size)
        place = wanted.start
        while place < wanted.end:
            number = place // CHUNK_BYTES
            final = min(number + WINDOW_CHUNKS - 1, (wanted.end - 1) // CHUNK_BYTES)
            start = number * STORED_CHUNK_BYTES
            end = min((final + 1) * STORED_CHUNK_BYTES, whole)
            sealed = await self._objects().read_async(name, start, end - start)
            window = b"".join(
                cipher.open(
                    number + index,
                    sealed[index * STORED_CHUNK_BYTES : (index + 1) * STORED_CHUNK_BYTES],
                    is_last=number + index == last,
                )
                for index in range(final - number + 1)
            )
            begin = place - number * CHUNK_BYTES
            window = window[begin : begin + wanted.end - place]
            place += len(window)
            yield window


async def _refuse(send: Send, refusal: HubError) -> None:
    status = getattr(refusal, "status", 500)
    if isinstance(refusal, MediaNotThere):
        status = 410
    elif isinstance(refusal, StoreUnavailable | VaultUnavailable):
        status = 503
    body = f"{refusal.message} {refusal.next_step}".encode()
    await respond(send, status, body, b"text/plain; charset=utf-8")
