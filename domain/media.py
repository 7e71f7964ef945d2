"""A file of a conversation: announced, fetched and looked into, kept encrypted, deleted in time.

The stream of a received file begins with the outcome of the first fetch: that it was announced
says the message. A file is refused as a whole or kept as a whole; nothing of it is shown before
every scanner called it clean.
"""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate
from domain.errors import HubError
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, ConversationId, MediaId, MemberId, MessageId
from domain.ports.media_inspector import Verdict

MEDIA_KINDS: Final = frozenset({"image", "video", "audio", "document", "sticker"})
"""Meta's message types that announce a file."""

FETCHABLE_FOR: Final = timedelta(days=7)
"""How long Meta hands out a file that a contact sent (Cloud API reference, section 8)."""

EXPIRED: Final = "expired"
"""The reason of a failure that no retry can mend: Meta no longer has the file."""


class PreviewFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the file that is kept beside it: name, pixels, and bytes before encryption."""

    name: str
    width: int
    height: int
    size_bytes: int


class FileContent(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """What is personal of a file: its key, the name its sender gave it, the digest of its bytes.

    Erasing the contact destroys the key that seals this, and with it the file, wherever copies of
    its ciphertext lie. `sha256` is 64 hexadecimal digits.
    """

    file_key: bytes
    sha256: str
    name: str | None = None

    def __repr__(self) -> str:
        return "FileContent(…)"


class MediaStored(PersonalEvent, frozen=True, kw_only=True):
    """A file was verified, called clean by all scanners, encrypted and kept.

    `content_type` is the type by its bytes. `file_digest` is a keyed digest of the bytes, by which
    the same file is recognised within the firm.
    """

    TOPIC: ClassVar[str] = "media.stored.v1"
    CONTENT: ClassVar[type] = FileContent

    media_id: MediaId
    conversation_id: ConversationId
    contact_id: ContactId
    kind: str
    content_type: str
    size_bytes: int
    file_digest: str
    scanners: tuple[str, ...]
    previews: tuple[PreviewFacts, ...]
    fetch_id: UUID
    message_id: MessageId
    content: FileContent | Sealed | Erased | UnsetType = UNSET


class MediaRefused(Event, frozen=True, kw_only=True):
    """A received file is not shown to anybody and was not kept. `reason` is a stable word."""

    TOPIC: ClassVar[str] = "media.refused.v1"

    media_id: MediaId
    fetch_id: UUID
    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    verdict: Verdict
    reason: str


class MediaFailed(Event, frozen=True, kw_only=True):
    """A received file could not be fetched. The message itself is not touched by it."""

    TOPIC: ClassVar[str] = "media.failed.v1"

    media_id: MediaId
    fetch_id: UUID
    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    reason: str


class MediaRetryRequested(Event, frozen=True, kw_only=True):
    """A person asked for another attempt to fetch a file that failed or was refused.

    `member_id` is None where the operator asked.
    """

    TOPIC: ClassVar[str] = "media.retry_requested.v1"

    media_id: MediaId
    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId | None = None


class MediaOpened(Event, frozen=True, kw_only=True):
    """A member looked at a file, by a link that was given to this member.

    `part` is the original or a page of it.
    """

    TOPIC: ClassVar[str] = "media.opened.v1"

    media_id: MediaId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    link_id: UUID
    part: str


class MediaDeleted(Event, frozen=True, kw_only=True):
    """A file was deleted from the object store, with all pictures of it."""

    TOPIC: ClassVar[str] = "media.deleted.v1"

    media_id: MediaId
    conversation_id: ConversationId
    contact_id: ContactId
    reason: str


class MediaUploaded(PersonalEvent, frozen=True, kw_only=True):
    """A member brought a file for a contact; it was looked into, encrypted and kept.

    It is sealed with the contact's key: erasing the contact makes it unreadable, sent or not.
    """

    TOPIC: ClassVar[str] = "media.uploaded.v1"
    CONTENT: ClassVar[type] = FileContent

    media_id: MediaId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    kind: str
    content_type: str
    size_bytes: int
    file_digest: str
    scanners: tuple[str, ...]
    previews: tuple[PreviewFacts, ...]
    content: FileContent | Sealed | Erased | UnsetType = UNSET


class MediaUploadRefused(Event, frozen=True, kw_only=True):
    """A file that a member brought was not kept. `reason` is a stable word.

    `verdict` is CLEAN for a harmless file that WhatsApp does not take. `kind` is the kind under
    which it would have been sent, empty where there is none.
    """

    TOPIC: ClassVar[str] = "media.upload_refused.v1"

    media_id: MediaId
    conversation_id: ConversationId
    contact_id: ContactId
    member_id: MemberId
    kind: str
    verdict: Verdict
    reason: str


class MediaState(StrEnum):
    """Where a file stands."""

    ANNOUNCED = "announced"
    STORED = "stored"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"
    DELETED = "deleted"


class MediaNotRetryable(HubError):
    """Only a file that failed or was refused is fetched again."""

    code = "MEDIA_NOT_RETRYABLE"
    hint = "Load the message to see where its file stands."

    def __init__(self, state: MediaState) -> None:
        super().__init__(f"The file is {state}; there is nothing to try again.")


class MediaNotThere(HubError):
    """The file is not kept here (any more)."""

    code = "MEDIA_NOT_THERE"
    hint = "Load the message to see where its file stands; ask the contact to send it again."

    def __init__(self, state: MediaState) -> None:
        super().__init__(f"The file cannot be opened: it is {state}.")


def state_after_failure(reason: str) -> MediaState:
    """Return the state that a failed fetch leads to."""
    return MediaState.EXPIRED if reason == EXPIRED else MediaState.FAILED


class Media(Aggregate):
    """The file as its events have made it. `content` is None when erased or not stored."""

    NOUN = "file"
    EVENTS = (
        MediaStored,
        MediaRefused,
        MediaFailed,
        MediaRetryRequested,
        MediaOpened,
        MediaDeleted,
        MediaUploaded,
        MediaUploadRefused,
    )

    state: MediaState = MediaState.ANNOUNCED
    stored: MediaStored | MediaUploaded | None = None
    conversation_id: ConversationId
    contact_id: ContactId
    message_id: MessageId | None = None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.opened_links: set[tuple[UUID, str]] = set()

    @property
    def content(self) -> FileContent | None:
        """The key and name of a stored file, or None when they were erased."""
        content = self.stored.content if self.stored is not None else None
        return content if isinstance(content, FileContent) else None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case MediaStored() | MediaUploaded():
                self.state = MediaState.STORED
                self.stored = event
                self._take_subject(event)
            case MediaRefused() | MediaUploadRefused():
                self.state = MediaState.REFUSED
                self._take_subject(event)
            case MediaFailed():
                self.state = state_after_failure(event.reason)
                self._take_subject(event)
            case MediaRetryRequested():
                self.state = MediaState.ANNOUNCED
            case MediaOpened():
                self.opened_links.add((event.link_id, event.part))
            case MediaDeleted():
                self.state = MediaState.DELETED

    def _take_subject(
        self, event: MediaStored | MediaRefused | MediaFailed | MediaUploaded | MediaUploadRefused
    ) -> None:
        self.conversation_id = event.conversation_id
        self.contact_id = event.contact_id
        # What a member brought came with no message.
        self.message_id = getattr(event, "message_id", None)
