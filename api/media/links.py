"""Links to files: sealed, for one member of one firm, for minutes.

A link says nothing to whoever sees it in a log: what it stands for is encrypted under a key that
follows from the master key. It dies with its time, with the access token it was given to, and with
the file.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.authentication import Principal
from api.errors import LinkExpired, LinkUnknown
from domain.identity import MediaId, MemberId, TenantId
from domain.ports.clock import Clock
from infrastructure.random_bytes import random_bytes
from infrastructure.unique_ids import new_id
from infrastructure.vault.key_wrapping import NONCE_BYTES
from infrastructure.vault.master_key import load_master_key
from infrastructure.wiring import Store

PREFIX: Final = "/media/"
KEY_PURPOSE: Final = "media-links"
_BOUND_TO: Final = b"media-link.v1"
_CHARACTERS_MAX: Final = 600


class MediaGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a link stands for: a part of a file, for a member, by an access token of the member."""

    tenant_id: TenantId
    media_id: MediaId
    part: str
    member_id: MemberId
    token_id: UUID
    link_id: UUID
    expires_at: int


class GivenLink(NamedTuple):
    """A link as a client gets it: the path on this server, and until when it works."""

    path: str
    expires_at: datetime


class MediaLinks:
    """Gives links and reads them again."""

    def __init__(self, key: bytes, clock: Clock, *, ttl_s: int) -> None:
        self._cipher = AESGCM(key)
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)

    def give(self, principal: Principal, media_id: UUID, part: str) -> GivenLink:
        """Return a link for this principal."""
        expires_at = self._clock.now() + self._ttl
        grant = MediaGrant(
            tenant_id=principal.tenant_id,
            media_id=MediaId(media_id),
            part=part,
            member_id=principal.member_id,
            token_id=principal.token_id,
            link_id=new_id(),
            expires_at=int(expires_at.timestamp()),
        )
        nonce = random_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, msgspec.msgpack.encode(grant), _BOUND_TO)
        text = base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
        until = datetime.fromtimestamp(grant.expires_at, UTC)
        return GivenLink(path=PREFIX + text, expires_at=until)

    def read(self, text: str) -> MediaGrant:
        """Return what a link stands for. Raises LinkUnknown and LinkExpired."""
        if len(text) > _CHARACTERS_MAX:
            raise LinkUnknown
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _BOUND_TO)
            grant = msgspec.msgpack.decode(opened, type=MediaGrant)
        except (binascii.Error, ValueError, InvalidTag, msgspec.DecodeError) as error:
            raise LinkUnknown from error
        if grant.expires_at <= self._clock.now().timestamp():
            raise LinkExpired
        return grant


def media_links(store: Store) -> MediaLinks:
    """Return the links of a hub, by its master key and settings."""
    key = load_master_key(store.settings).derive(KEY_PURPOSE)
    return MediaLinks(key, store.clock, ttl_s=store.settings.media_link_ttl_s)
