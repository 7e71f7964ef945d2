"""The sample of a file above a template: brought by a member, looked into, handed to Meta.

The file itself is not kept. What stands here is what was handed over and under which handle, or why
not; nothing of it is about a person.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import AlreadyExists, InvalidInput
from domain.event import Event
from domain.identity import MemberId, SenderNumberId, TemplateSampleId, TenantId
from domain.limits import require_pattern
from domain.media_upload import uploading_member
from domain.ports.media_inspector import Verdict
from domain.scopes import Scope
from domain.sendable_files import SENDABLE, FileNotSendable, too_large
from domain.template_components import HeaderFormat
from domain.template_rules import is_sample_handle

SAMPLE_FORMATS: Final[Mapping[str, HeaderFormat]] = {
    "image/jpeg": HeaderFormat.IMAGE,
    "image/png": HeaderFormat.IMAGE,
    "video/mp4": HeaderFormat.VIDEO,
    "application/pdf": HeaderFormat.DOCUMENT,
}
"""The header that a sample of each type is for (Meta: Resumable Upload API, `file_type`)."""

_REASON: Final = r"[a-z_0-9]{1,64}"


class TemplateSampleHandedOver(Event, frozen=True, kw_only=True):
    """A sample for the header of a template was handed to Meta, which knows it by `handle`.

    `file_digest` is keyed: it tells equal files of the firm from others, and nothing else.
    """

    TOPIC: ClassVar[str] = "template_sample.handed_over.v1"

    sample_id: TemplateSampleId
    tenant_id: TenantId
    waba_id: str
    sender_number_id: SenderNumberId
    member_id: MemberId
    format: HeaderFormat
    content_type: str
    size_bytes: int
    file_digest: str
    handle: str


class TemplateSampleRefused(Event, frozen=True, kw_only=True):
    """A file that was to be a sample was refused before Meta was asked. `reason` is a stable word.

    `verdict` is CLEAN for a harmless file that is no sample. `content_type` is its type by its
    bytes, empty where the hub knows none.
    """

    TOPIC: ClassVar[str] = "template_sample.refused.v1"

    sample_id: TemplateSampleId
    tenant_id: TenantId
    waba_id: str
    sender_number_id: SenderNumberId
    member_id: MemberId
    content_type: str
    size_bytes: int
    verdict: Verdict
    reason: str


class TemplateSample(Aggregate):
    """One file that was brought as a sample, and what became of it."""

    NOUN = "sample of a template"
    EVENTS = (TemplateSampleHandedOver, TemplateSampleRefused)

    def apply(self, event: Event) -> None:
        """Change nothing: a sample has one event, which says all."""

    def must_be_new(self) -> None:
        """Raise AlreadyExists if something is kept about it."""
        if self.exists:
            raise AlreadyExists("There is a sample with this id already.")


class TemplateSampleCommand(Command, frozen=True, kw_only=True):
    """The base of what is kept about a file that was brought as a sample."""

    SCOPE = Scope.TEMPLATES_MANAGE
    AGGREGATE: ClassVar[type[Aggregate]] = TemplateSample
    STREAM: ClassVar[str] = "sample_id"

    sample_id: TemplateSampleId
    tenant_id: TenantId
    waba_id: str
    sender_number_id: SenderNumberId
    content_type: str
    size_bytes: int


class NoteTemplateSample(TemplateSampleCommand, frozen=True, kw_only=True):
    """Keep that a sample was handed to Meta, and the handle that Meta gave."""

    file_digest: str
    handle: str

    def execute(self, sample: TemplateSample, context: CommandContext) -> None:
        """Raise Forbidden, FileNotSendable, AlreadyExists, or InvalidInput for a bad handle."""
        member_id = uploading_member(context.actor)
        header_format = sample_format(self.content_type, self.size_bytes)
        if not is_sample_handle(self.handle):
            raise InvalidInput("This is no handle of Meta.", field=("handle",))
        sample.must_be_new()
        sample.record(
            TemplateSampleHandedOver(
                sample_id=self.sample_id,
                tenant_id=self.tenant_id,
                waba_id=self.waba_id,
                sender_number_id=self.sender_number_id,
                member_id=member_id,
                format=header_format,
                content_type=self.content_type,
                size_bytes=self.size_bytes,
                file_digest=self.file_digest,
                handle=self.handle,
            )
        )


class RefuseTemplateSample(TemplateSampleCommand, frozen=True, kw_only=True):
    """Keep that a file was refused as a sample, and why. Nothing of the file itself is kept."""

    verdict: Verdict
    reason: str

    def execute(self, sample: TemplateSample, context: CommandContext) -> None:
        """Raise Forbidden, AlreadyExists, or InvalidInput for a reason that is none."""
        member_id = uploading_member(context.actor)
        require_pattern(self.reason, ("reason",), _REASON, "a reason of a refusal")
        sample.must_be_new()
        sample.record(
            TemplateSampleRefused(
                sample_id=self.sample_id,
                tenant_id=self.tenant_id,
                waba_id=self.waba_id,
                sender_number_id=self.sender_number_id,
                member_id=member_id,
                content_type=self.content_type,
                size_bytes=self.size_bytes,
                verdict=self.verdict,
                reason=self.reason,
            )
        )


def sample_format(content_type: str, size_bytes: int) -> HeaderFormat:
    """Return the header that a file by its real type is a sample for. Raises FileNotSendable."""
    header_format = SAMPLE_FORMATS.get(content_type)
    if header_format is None:
        raise FileNotSendable(
            "type_no_sample",
            "Meta takes no sample of this type. It was not handed over.",
            "Bring a JPEG or PNG for an image, an MP4 for a video, or a PDF for a document.",
        )
    if size_bytes > SENDABLE[header_format.value].bytes_max:
        raise too_large(header_format.value)
    return header_format
