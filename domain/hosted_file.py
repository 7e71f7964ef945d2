"""A file as Meta keeps it for one number: uploaded once, named by its id for thirty days.

The stream follows from the number and a keyed digest of the bytes, so the same file is found again
whoever attaches it, and the name of the stream tells nobody which file it is.
"""

from collections.abc import Container
from datetime import datetime, timedelta
from typing import ClassVar, Final

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Event
from domain.identity import HostedFileId, MediaId, SenderNumberId
from domain.limits import require_text, require_time_zone
from domain.scopes import Scope

HOSTED_FOR: Final = timedelta(days=30)
"""How long Meta keeps a file that was uploaded (Cloud API reference, section 8)."""

SPARE: Final = timedelta(hours=1)
"""So long before its end an id is not used any more: a message may still have to wait its turn."""

_META_ID_CHARACTERS_MAX: Final = 256


class FileHosted(Event, frozen=True, kw_only=True):
    """Meta took a file and gave it an id, good for sends of this number until `kept_until`."""

    TOPIC: ClassVar[str] = "hosted_file.kept.v1"

    hosted_file_id: HostedFileId
    sender_number_id: SenderNumberId
    media_id: MediaId
    meta_media_id: str
    kept_until: datetime


class HostedFileLost(Event, frozen=True, kw_only=True):
    """Meta reported later that it could not use the file under this id; it is not named again."""

    TOPIC: ClassVar[str] = "hosted_file.lost.v1"

    hosted_file_id: HostedFileId
    meta_media_id: str


class HostedFile(Aggregate):
    """The newest id that Meta gave; there is none before the first upload, nor once it is lost."""

    NOUN = "file at Meta"
    EVENTS = (FileHosted, HostedFileLost)

    meta_media_id: str | None = None
    kept_until: datetime | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case FileHosted():
                self.meta_media_id = event.meta_media_id
                self.kept_until = event.kept_until
            case HostedFileLost():
                self.meta_media_id = self.kept_until = None

    def usable_id(self, now: datetime, *, lost: Container[str | None]) -> str | None:
        """Return Meta's id if it is still good for a while, and none of the `lost` ones."""
        if self.kept_until is None or now >= self.kept_until - SPARE:
            return None
        return None if self.meta_media_id in lost else self.meta_media_id


class NoteFileHosted(Command, frozen=True, kw_only=True):
    """Keep the id that Meta gave to a file."""

    SCOPE = Scope.MEDIA_KEEP
    AGGREGATE = HostedFile
    STREAM = "hosted_file_id"

    hosted_file_id: HostedFileId
    sender_number_id: SenderNumberId
    media_id: MediaId
    meta_media_id: str
    kept_until: datetime

    def execute(self, hosted: HostedFile, _context: CommandContext) -> None:
        """Raise InvalidInput for an id that is none."""
        require_text(self.meta_media_id, ("meta_media_id",), characters_max=_META_ID_CHARACTERS_MAX)
        require_time_zone(self.kept_until, ("kept_until",))
        if hosted.meta_media_id != self.meta_media_id:
            hosted.record(
                FileHosted(
                    hosted_file_id=self.hosted_file_id,
                    sender_number_id=self.sender_number_id,
                    media_id=self.media_id,
                    meta_media_id=self.meta_media_id,
                    kept_until=self.kept_until,
                )
            )


class NoteFileLost(Command, frozen=True, kw_only=True):
    """Keep that Meta could not use the file under an id. Another id since then stays in use."""

    SCOPE = Scope.OUTBOUND_SETTLE
    AGGREGATE = HostedFile
    STREAM = "hosted_file_id"

    hosted_file_id: HostedFileId
    meta_media_id: str

    def execute(self, hosted: HostedFile, _context: CommandContext) -> None:
        """Record it."""
        if hosted.meta_media_id == self.meta_media_id:
            hosted.record(
                HostedFileLost(hosted_file_id=self.hosted_file_id, meta_media_id=self.meta_media_id)
            )
