"""Media: upload, download address, download, deletion, and the periods for which each works.

Source: WhatsApp Cloud API reference, section 8.
"""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import msgspec

from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.journal import Journal
from infrastructure.simulator.randomness import Randomness

URL_VALID_SECONDS = 300
UPLOADED_KEPT_SECONDS = 30 * 24 * 3600
INBOUND_KEPT_SECONDS = 7 * 24 * 3600
DOWNLOAD_PATH = "/whatsapp_business/attachments/"

_MEGABYTE = 1024 * 1024
_MEDIA_ID_DIGITS = 15
_HASH_LENGTH = 31

IMAGE_TYPES = frozenset({"image/jpeg", "image/png"})
AUDIO_TYPES = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
VIDEO_TYPES = frozenset({"video/mp4", "video/3gpp"})
STICKER_TYPES = frozenset({"image/webp"})
DOCUMENT_TYPES = frozenset(
    {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
)
TYPES_BY_KIND = {
    "image": IMAGE_TYPES,
    "audio": AUDIO_TYPES,
    "video": VIDEO_TYPES,
    "sticker": STICKER_TYPES,
    "document": DOCUMENT_TYPES,
}
SIZE_MAX_BY_KIND = {
    "image": 5 * _MEGABYTE,
    "audio": 16 * _MEGABYTE,
    "video": 16 * _MEGABYTE,
    "sticker": 500 * 1024,
    "document": 100 * _MEGABYTE,
}


class Medium(msgspec.Struct, kw_only=True):
    """A stored file. ``expires_at`` is when its id stops working."""

    media_id: str
    phone_number_id: str
    mime_type: str
    content: bytes
    expires_at: float
    inbound: bool

    @property
    def sha256(self) -> bytes:
        """Hash of the bytes: base64 of it stands in webhooks, hex in the GET answer."""
        return hashlib.sha256(self.content).digest()


def bare_type(mime_type: str) -> str:
    """The MIME type without parameters, lower case."""
    return mime_type.partition(";")[0].strip().lower()


def kind_of(mime_type: str) -> str | None:
    """Which kind of message a MIME type can be sent as; None if the type is not allowed."""
    bare = bare_type(mime_type)
    return next((kind for kind, types in TYPES_BY_KIND.items() if bare in types), None)


class MediaStore:
    """All files of the simulated Meta, in memory."""

    def __init__(self, clock: SimulatorClock, randomness: Randomness, journal: Journal) -> None:
        self._clock = clock
        self._randomness = randomness
        self._journal = journal
        self._media: dict[str, Medium] = {}

    def upload(self, phone_number_id: str, mime_type: str, content: bytes) -> Medium:
        """Keep a file that the business uploaded.

        Raises GraphError 131053 for a type or size that WhatsApp does not take.
        """
        kind = kind_of(mime_type)
        if kind is None:
            raise GraphError(131053, f"The MIME type {mime_type!r} is not supported.")
        if not content:
            raise GraphError(131053, "The file is empty.")
        if len(content) > SIZE_MAX_BY_KIND[kind]:
            raise GraphError(
                131053,
                f"The file has {len(content)} bytes; {kind} files may have "
                f"{SIZE_MAX_BY_KIND[kind]} bytes at most.",
            )
        return self._keep(phone_number_id, mime_type, content, inbound=False)

    def receive(self, phone_number_id: str, mime_type: str, content: bytes) -> Medium:
        """Keep a file that a person sent; people may send more types than a business."""
        return self._keep(phone_number_id, mime_type, content, inbound=True)

    def get(self, media_id: str) -> Medium:
        """The file of this id. Raises GraphError when it is unknown, deleted or too old."""
        medium = self._media.get(media_id)
        if medium is None or self._clock.now() >= medium.expires_at:
            raise unknown_object(media_id)
        return medium

    def has(self, media_id: str) -> bool:
        """Whether an id belongs to a medium, expired or not."""
        return media_id in self._media

    def delete(self, media_id: str) -> None:
        """Forget a file."""
        self._media.pop(media_id, None)

    def url(self, medium: Medium, public_url: str, source: str) -> str:
        """A download address that is valid for five minutes."""
        expires = int(self._clock.now()) + URL_VALID_SECONDS
        query = {
            "mid": medium.media_id,
            "source": source,
            "ext": expires,
            "hash": self._hash(medium.media_id, expires),
        }
        return f"{public_url}{DOWNLOAD_PATH}?{urlencode(query)}"

    def by_address(self, media_id: str, expires: str, address_hash: str) -> Medium | None:
        """The file behind a download address; None if the address is wrong or too old."""
        if not expires.isdecimal() or address_hash != self._hash(media_id, int(expires)):
            return None
        if self._clock.now() > int(expires):
            return None
        return self._media.get(media_id)

    def description(self, medium: Medium, public_url: str) -> dict[str, Any]:
        """Answer of ``GET /<MEDIA_ID>``."""
        return {
            "messaging_product": "whatsapp",
            "url": self.url(medium, public_url, "getMedia"),
            "mime_type": medium.mime_type,
            "sha256": medium.sha256.hex(),
            "file_size": len(medium.content),
            "id": medium.media_id,
        }

    def webhook_part(self, medium: Medium, public_url: str) -> dict[str, Any]:
        """The members that every media message of a webhook has."""
        return {
            "mime_type": medium.mime_type,
            "sha256": base64.b64encode(medium.sha256).decode(),
            "id": medium.media_id,
            "url": self.url(medium, public_url, "webhook"),
        }

    def _keep(
        self, phone_number_id: str, mime_type: str, content: bytes, *, inbound: bool
    ) -> Medium:
        kept_seconds = INBOUND_KEPT_SECONDS if inbound else UPLOADED_KEPT_SECONDS
        medium = Medium(
            media_id=self._randomness.digits(
                _MEDIA_ID_DIGITS, "media id", self._journal.next("medium")
            ),
            phone_number_id=phone_number_id,
            mime_type=mime_type,
            content=content,
            expires_at=self._clock.now() + kept_seconds,
            inbound=inbound,
        )
        self._media[medium.media_id] = medium
        return medium

    def _hash(self, media_id: str, expires: int) -> str:
        drawn = self._randomness.hexadecimal(_HASH_LENGTH - 2, "media url", media_id, expires)
        return "AR" + drawn.lower()
