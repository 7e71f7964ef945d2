"""Files of conversations: where each stands, and links by which a member opens it."""

from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import strawberry

from api.graphql.access import described
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.media_words import Words, media_words
from api.graphql.node import Node
from api.graphql.wanted import Wanted
from api.reading import Opened, Reading
from domain.media import FileContent
from domain.media_commands import ORIGINAL
from domain.ports.media_inspector import Verdict
from domain.scopes import Scope
from projections.media import MediaRow, media_by_id, media_of_messages, previews_of


@strawberry.enum(description="Where a file stands. New values may be added.")
class MediaState(Enum):
    """The states of a file."""

    ANNOUNCED = strawberry.enum_value(
        "announced", description="The message is there; the file is being fetched and looked into."
    )
    STORED = strawberry.enum_value("stored", description="It is kept and can be opened.")
    REFUSED = strawberry.enum_value(
        "refused", description="It is not shown to anybody: it may be harmful. It was not kept."
    )
    FAILED = strawberry.enum_value(
        "failed", description="It could not be fetched; another attempt may succeed."
    )
    EXPIRED = strawberry.enum_value("expired", description="WhatsApp no longer has it.")
    DELETED = strawberry.enum_value(
        "deleted", description="It was deleted at the end of its period of retention."
    )


@strawberry.enum(description="What kind of file it is. New values may be added.")
class MediaKind(Enum):
    """The kinds, by WhatsApp's names."""

    IMAGE = strawberry.enum_value("image", description="A photo.")
    VIDEO = strawberry.enum_value("video", description="A video.")
    AUDIO = strawberry.enum_value("audio", description="A recording or a voice message.")
    DOCUMENT = strawberry.enum_value("document", description="A document.")
    STICKER = strawberry.enum_value("sticker", description="A sticker.")


@strawberry.type(
    description="A link for this member alone. Do not store it: ask again when it has expired. "
    "Opening the file by it is recorded."
)
class MediaLink:
    """A link to a file or to a picture of it."""

    path: str = strawberry.field(description="The path on this server, for a GET with ranges.")
    expires_at: datetime = strawberry.field(description="Until when it works.")


@strawberry.type(description="A picture of a file, made where it was looked into.")
class MediaPreview:
    """A thumbnail of a photo, or a page of a document."""

    name: str = strawberry.field(description="`thumbnail`, or `page-1` and so on.")
    width: int = strawberry.field(description="Width in pixels.")
    height: int = strawberry.field(description="Height in pixels.")
    row: strawberry.Private[MediaRow]

    @described("The link to the picture; null without the scope `content:read`.")
    def link(self, info: Info) -> MediaLink | None:
        """A JPEG."""
        return _link(info, self.row, self.name)


@strawberry.type(description="A file of a message.")
class MediaFile(Node):
    """A file, never its bytes: those come by a link."""

    kind: MediaKind = strawberry.field(description="What kind of file it is.")
    state: MediaState = strawberry.field(description="Where it stands.")
    since: datetime = strawberry.field(description="Since when it stands there.")
    content_type: str | None = strawberry.field(
        description="The MIME type by its bytes, whatever its sender declared; null if not kept."
    )
    size_bytes: int | None = strawberry.field(description="Its size; null if it was never kept.")
    failure: str | None = strawberry.field(
        description="Why it cannot be opened: a stable word; null if it can."
    )
    row: strawberry.Private[MediaRow]
    words: strawberry.Private[Opened]

    @described("Why it cannot be opened, in words for a person; null if it can.")
    def failure_message(self) -> str | None:
        """The reason in words."""
        return None if self.failure is None else _reason(self.row, self.failure)[0]

    @described("What can be done about it; null where nothing can.")
    def failure_next_step(self) -> str | None:
        """The way on."""
        return None if self.failure is None else _reason(self.row, self.failure)[1]

    @described("The name that its sender gave it; null if there is none or it may not be seen.")
    def file_name(self, info: Info) -> str | None:
        """Never trust it: links serve the file under a cleaned name."""
        return shown(info, self.words, _name_of)

    @described("Whether name and file are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.words)

    @described("The link to the file; null where it is not kept or may not be seen.")
    def link(self, info: Info) -> MediaLink | None:
        """The original."""
        return _link(info, self.row, ORIGINAL)

    @described("Pictures of it: a thumbnail of a photo, the first pages of a PDF.")
    def previews(self) -> list[MediaPreview]:
        """None for other kinds."""
        return [
            MediaPreview(name=one.name, width=one.width, height=one.height, row=self.row)
            for one in previews_of(self.row)
        ]


def media_file(reading: Reading, row: MediaRow) -> MediaFile:
    """Return a file of the read model."""
    return MediaFile(
        id=global_id("MediaFile", row.media_id),
        kind=MediaKind(row.kind),
        state=MediaState(row.state),
        since=row.since,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        failure=row.failure,
        row=row,
        words=reading.content(row.content_sealed),
    )


def load_media(reading: Reading, media_ids: list[UUID], _wanted: Wanted) -> dict[Any, MediaFile]:
    """Return files by their ids."""
    rows = reading.rows(media_by_id(reading.tenant_id, media_ids))
    return {row.media_id: media_file(reading, row) for row in rows}


def load_media_of(
    reading: Reading, message_ids: list[UUID], _wanted: Wanted
) -> dict[Any, MediaFile]:
    """Return the files of messages, by message."""
    rows = reading.rows(media_of_messages(reading.tenant_id, message_ids))
    return {row.message_id: media_file(reading, row) for row in rows}


MEDIA_LOADERS: Final = {"MediaFile": load_media, "MediaOfMessage": load_media_of}
"""How files are found by key, by kind."""


def _link(info: Info, row: MediaRow, part: str) -> MediaLink | None:
    principal = info.context.member
    if row.state != "stored" or not principal.may(Scope.CONTENT_READ):
        return None
    given = info.context.services.media_links.give(principal, row.media_id, part)
    return MediaLink(path=given.path, expires_at=given.expires_at)


def _name_of(content: FileContent) -> str | None:
    return content.name


def _reason(row: MediaRow, failure: str) -> Words:
    return media_words(failure, _verdict(row), is_ours=row.uploaded_by is not None)


def _verdict(row: MediaRow) -> Verdict | None:
    return None if row.verdict is None else Verdict(row.verdict)
