"""The commands on a file of a conversation."""

from typing import ClassVar, Final
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.deciding_member import deciding_member
from domain.errors import InvalidInput
from domain.identity import ContactId, ConversationId, MediaId, MessageId
from domain.limits import require_pattern
from domain.media import (
    MEDIA_KINDS,
    FileContent,
    Media,
    MediaDeleted,
    MediaFailed,
    MediaNotRetryable,
    MediaNotThere,
    MediaOpened,
    MediaRefused,
    MediaRetryRequested,
    MediaState,
    MediaStored,
    PreviewFacts,
)
from domain.ports.media_inspector import FILE_BYTES_MAX, Verdict
from domain.provenance import ActorKind
from domain.scopes import Scope

ORIGINAL: Final = "original"
_REASON: Final = r"[a-z_0-9]{1,64}"
_PART: Final = r"original|thumbnail|page-[0-9]{1,3}"


class MediaCommand(Command, frozen=True, kw_only=True):
    """The base of the commands on a file."""

    AGGREGATE: ClassVar[type[Aggregate]] = Media
    STREAM: ClassVar[str] = "media_id"

    media_id: MediaId


class KeepFile(MediaCommand, frozen=True, kw_only=True):
    """What the commands have in common that keep a file; `scanners` called it clean."""

    conversation_id: ConversationId
    contact_id: ContactId
    kind: str
    content_type: str
    size_bytes: int
    file_digest: str
    scanners: tuple[str, ...]
    previews: tuple[PreviewFacts, ...]
    file: FileContent


class StoreMedia(KeepFile, frozen=True, kw_only=True):
    """Keep a received file that was fetched. Where it is kept already, nothing changes."""

    SCOPE = Scope.MEDIA_KEEP

    fetch_id: UUID
    message_id: MessageId

    def execute(self, media: Media, _context: CommandContext) -> None:
        """Raise InvalidInput for what no scanner can have let through."""
        if self.kind not in MEDIA_KINDS:
            raise InvalidInput(f"{self.kind!r} is not a kind of file.", field=("kind",))
        if not 0 < self.size_bytes <= FILE_BYTES_MAX:
            raise InvalidInput(
                f"A file has 1 to {FILE_BYTES_MAX} bytes, not {self.size_bytes}.",
                field=("size_bytes",),
            )
        if not self.scanners:
            raise InvalidInput("No scanner looked at the file.", field=("scanners",))
        if media.state is MediaState.ANNOUNCED:
            media.record(
                MediaStored(
                    media_id=self.media_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    kind=self.kind,
                    content_type=self.content_type,
                    size_bytes=self.size_bytes,
                    file_digest=self.file_digest,
                    scanners=self.scanners,
                    previews=self.previews,
                    fetch_id=self.fetch_id,
                    message_id=self.message_id,
                    content=self.file,
                )
            )


class FetchOutcome(MediaCommand, frozen=True, kw_only=True):
    """What the commands have in common that end a fetch without a file."""

    fetch_id: UUID
    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    reason: str


class RefuseMedia(FetchOutcome, frozen=True, kw_only=True):
    """Keep that a received file is not shown to anybody."""

    SCOPE = Scope.MEDIA_KEEP

    verdict: Verdict

    def execute(self, media: Media, _context: CommandContext) -> None:
        """Raise InvalidInput for a reason that is none."""
        require_pattern(self.reason, ("reason",), _REASON, "a reason of a scanner")
        if self.verdict is Verdict.CLEAN:
            raise InvalidInput("A clean file is not refused.", field=("verdict",))
        if media.state is MediaState.ANNOUNCED:
            media.record(
                MediaRefused(
                    media_id=self.media_id,
                    fetch_id=self.fetch_id,
                    message_id=self.message_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    verdict=self.verdict,
                    reason=self.reason,
                )
            )


class FailMedia(FetchOutcome, frozen=True, kw_only=True):
    """Keep that a received file could not be fetched."""

    SCOPE = Scope.MEDIA_KEEP

    def execute(self, media: Media, _context: CommandContext) -> None:
        """Raise InvalidInput for a reason that is none."""
        require_pattern(self.reason, ("reason",), _REASON, "a reason of a failure")
        if media.state is MediaState.ANNOUNCED:
            media.record(
                MediaFailed(
                    media_id=self.media_id,
                    fetch_id=self.fetch_id,
                    message_id=self.message_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    reason=self.reason,
                )
            )


class RetryMedia(MediaCommand, frozen=True, kw_only=True):
    """Fetch a file again that failed or was refused; a scanner may know better by now."""

    SCOPE = Scope.MEDIA_RETRY

    def execute(self, media: Media, context: CommandContext) -> None:
        """Raise HumanRequired, NotFound or MediaNotRetryable."""
        is_operator = context.actor.kind is ActorKind.OPERATOR
        member_id = None if is_operator else deciding_member(context.actor)
        media.must_exist()
        if media.state not in {MediaState.FAILED, MediaState.REFUSED} or media.message_id is None:
            raise MediaNotRetryable(media.state)
        media.record(
            MediaRetryRequested(
                media_id=self.media_id,
                message_id=media.message_id,
                conversation_id=media.conversation_id,
                contact_id=media.contact_id,
                member_id=member_id,
            )
        )


class NoteMediaOpened(MediaCommand, frozen=True, kw_only=True):
    """Keep that a member looks at a file; once for each link and part."""

    SCOPE = Scope.CONTENT_READ

    link_id: UUID
    part: str = ORIGINAL

    def execute(self, media: Media, context: CommandContext) -> None:
        """Raise HumanRequired, NotFound, InvalidInput or MediaNotThere."""
        member_id = deciding_member(context.actor)
        media.must_exist()
        require_pattern(self.part, ("part",), _PART, "a part of a file")
        if media.state is not MediaState.STORED:
            raise MediaNotThere(media.state)
        if (self.link_id, self.part) not in media.opened_links:
            media.record(
                MediaOpened(
                    media_id=self.media_id,
                    conversation_id=media.conversation_id,
                    contact_id=media.contact_id,
                    member_id=member_id,
                    link_id=self.link_id,
                    part=self.part,
                )
            )


class DeleteMedia(MediaCommand, frozen=True, kw_only=True):
    """Keep that a file was deleted from the object store. Deleting it again changes nothing."""

    SCOPE = Scope.MEDIA_KEEP

    reason: str

    def execute(self, media: Media, _context: CommandContext) -> None:
        """Raise NotFound, or InvalidInput for a reason that is none."""
        media.must_exist()
        require_pattern(self.reason, ("reason",), _REASON, "a reason of a deletion")
        if media.state is MediaState.STORED:
            media.record(
                MediaDeleted(
                    media_id=self.media_id,
                    conversation_id=media.conversation_id,
                    contact_id=media.contact_id,
                    reason=self.reason,
                )
            )
