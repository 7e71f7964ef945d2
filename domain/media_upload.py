"""The commands on a file that a member, or another system of the firm, brings for a contact."""

from typing import Final
from uuid import UUID

from domain.aggregate import CommandContext
from domain.errors import Forbidden, InvalidInput
from domain.identity import ContactId, ConversationId, MemberId
from domain.limits import require_pattern
from domain.media import Media, MediaUploaded, MediaUploadRefused
from domain.media_commands import KeepFile, MediaCommand
from domain.ports.media_inspector import Verdict
from domain.provenance import Actor, ActorKind
from domain.scopes import Scope
from domain.sendable_files import SENDABLE

_REASON: Final = r"[a-z_0-9]{1,64}"


class KeepUpload(KeepFile, frozen=True, kw_only=True):
    """Keep a file that was looked into and called clean. Doing it again changes nothing."""

    SCOPE = Scope.MEDIA_UPLOAD

    def execute(self, media: Media, context: CommandContext) -> None:
        """Raise Forbidden, or InvalidInput for what could not be sent to anybody."""
        member_id = uploading_member(context.actor)
        sendable = SENDABLE.get(self.kind)
        if sendable is None or self.content_type not in sendable.types:
            raise InvalidInput(
                f"{self.content_type!r} cannot be sent as {self.kind!r}.", field=("kind",)
            )
        if not 0 < self.size_bytes <= sendable.bytes_max:
            raise InvalidInput(
                f"A file of this kind has 1 to {sendable.bytes_max} bytes, not {self.size_bytes}.",
                field=("size_bytes",),
            )
        if not self.scanners:
            raise InvalidInput("No scanner looked at the file.", field=("scanners",))
        if not media.exists:
            media.record(
                MediaUploaded(
                    media_id=self.media_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    member_id=member_id,
                    kind=self.kind,
                    content_type=self.content_type,
                    size_bytes=self.size_bytes,
                    file_digest=self.file_digest,
                    scanners=self.scanners,
                    previews=self.previews,
                    content=self.file,
                )
            )


class RefuseUpload(MediaCommand, frozen=True, kw_only=True):
    """Keep that a file was refused, and why. Nothing of the file itself is kept."""

    SCOPE = Scope.MEDIA_UPLOAD

    conversation_id: ConversationId
    contact_id: ContactId
    kind: str
    verdict: Verdict
    reason: str

    def execute(self, media: Media, context: CommandContext) -> None:
        """Raise Forbidden, or InvalidInput for a reason that is none."""
        member_id = uploading_member(context.actor)
        require_pattern(self.reason, ("reason",), _REASON, "a reason of a refusal")
        if not media.exists:
            media.record(
                MediaUploadRefused(
                    media_id=self.media_id,
                    conversation_id=self.conversation_id,
                    contact_id=self.contact_id,
                    member_id=member_id,
                    kind=self.kind,
                    verdict=self.verdict,
                    reason=self.reason,
                )
            )


def uploading_member(actor: Actor) -> MemberId:
    """Return the member or integration that brings a file. Raises Forbidden for anybody else."""
    if actor.kind in {ActorKind.MEMBER, ActorKind.INTEGRATION}:
        try:
            return MemberId(UUID(actor.id))
        except ValueError:
            pass
    raise Forbidden(
        "Only a member of the firm, or an integration of it, brings files.",
        hint="Use the token of a member or an integration of the firm.",
    )
