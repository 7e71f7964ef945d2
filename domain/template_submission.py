"""What a member wants Meta to do with a template: take a new one, other words, or delete it."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.deciding_member import deciding_member
from domain.errors import AlreadyExists
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import MemberId, TemplateId, TenantId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope
from domain.template_rules import TemplateWording, require_submittable


class SubmissionAction(StrEnum):
    """What Meta is asked to do."""

    SUBMIT = "submit"
    DELETE = "delete"


class TemplateSubmissionContent(
    msgspec.Struct, frozen=True, kw_only=True, tag="template_submission"
):
    """The template as the firm wants it to be; None where it is to be deleted."""

    wording: TemplateWording | None = None


class TemplateSubmissionRequested(PersonalEvent, frozen=True, kw_only=True):
    """A member wants a template to be submitted to Meta's review, or deleted there."""

    TOPIC: ClassVar[str] = "template_submission.requested.v1"
    CONTENT: ClassVar[type] = TemplateSubmissionContent
    SUBJECT: ClassVar[str] = "tenant_id"

    submission_id: UUID
    tenant_id: TenantId
    template_id: TemplateId
    waba_id: str
    name: str
    language: str
    action: SubmissionAction
    member_id: MemberId
    content: TemplateSubmissionContent | Sealed | Erased | UnsetType = UNSET


class TemplateSubmitted(Event, frozen=True, kw_only=True):
    """Meta took it: a submitted template is in review now, a deleted one is gone."""

    TOPIC: ClassVar[str] = "template_submission.accepted.v1"

    submission_id: UUID
    template_id: TemplateId
    waba_id: str
    action: SubmissionAction


class TemplateSubmissionRefused(Event, frozen=True, kw_only=True):
    """Meta refused it; `words` say why and what to do, nothing was changed there."""

    TOPIC: ClassVar[str] = "template_submission.refused.v1"

    submission_id: UUID
    template_id: TemplateId
    waba_id: str
    words: str
    code: int | None = None


class TemplateSubmission(Aggregate):
    """One wish about a template and its outcome."""

    NOUN = "submission of a template"
    EVENTS = (TemplateSubmissionRequested, TemplateSubmitted, TemplateSubmissionRefused)

    requested: TemplateSubmissionRequested
    is_over: bool = False

    @property
    def wording(self) -> TemplateWording | None:
        """The template as the firm wants it to be; None for a deletion, or when erased."""
        content = self.requested.content
        return content.wording if isinstance(content, TemplateSubmissionContent) else None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case TemplateSubmissionRequested():
                self.requested = event
            case TemplateSubmitted() | TemplateSubmissionRefused():
                self.is_over = True


class TemplateWish(Command, frozen=True, kw_only=True):
    """The base of what members want to be done with a template."""

    SCOPE = Scope.TEMPLATES_MANAGE
    AGGREGATE: ClassVar[type[Aggregate]] = TemplateSubmission
    STREAM: ClassVar[str] = "submission_id"

    submission_id: UUID
    tenant_id: TenantId
    template_id: TemplateId
    waba_id: str


class SubmitTemplate(TemplateWish, frozen=True, kw_only=True):
    """Submit a new template, or other words of one, to Meta's review."""

    wording: TemplateWording

    def execute(self, submission: TemplateSubmission, context: CommandContext) -> None:
        """Raise HumanRequired, AlreadyExists, or InvalidInput naming what Meta would refuse."""
        require_submittable(self.wording)
        _request(self, submission, context, SubmissionAction.SUBMIT, self.wording)


class DeleteTemplate(TemplateWish, frozen=True, kw_only=True):
    """Delete one language of a template at Meta."""

    name: str
    language: str

    def execute(self, submission: TemplateSubmission, context: CommandContext) -> None:
        """Raise HumanRequired or AlreadyExists."""
        _request(self, submission, context, SubmissionAction.DELETE, None)


def _request(
    wish: SubmitTemplate | DeleteTemplate,
    submission: TemplateSubmission,
    context: CommandContext,
    action: SubmissionAction,
    wording: TemplateWording | None,
) -> None:
    member_id = deciding_member(context.actor)
    if submission.exists:
        raise AlreadyExists("There is a submission with this id already.")
    named = wish.wording if isinstance(wish, SubmitTemplate) else wish
    submission.record(
        TemplateSubmissionRequested(
            submission_id=wish.submission_id,
            tenant_id=wish.tenant_id,
            template_id=wish.template_id,
            waba_id=wish.waba_id,
            name=named.name,
            language=named.language,
            action=action,
            member_id=member_id,
            content=TemplateSubmissionContent(wording=wording),
        )
    )


class RecordTemplateSubmission(Command, frozen=True, kw_only=True):
    """Keep that Meta took it."""

    SCOPE = Scope.TEMPLATES_RECORD
    AGGREGATE = TemplateSubmission
    STREAM = "submission_id"

    submission_id: UUID

    def execute(self, submission: TemplateSubmission, _context: CommandContext) -> None:
        """Record it once."""
        submission.must_exist()
        if not submission.is_over:
            submission.record(
                TemplateSubmitted(
                    submission_id=self.submission_id,
                    template_id=submission.requested.template_id,
                    waba_id=submission.requested.waba_id,
                    action=submission.requested.action,
                )
            )


class RefuseTemplateSubmission(Command, frozen=True, kw_only=True):
    """Keep that Meta refused it."""

    SCOPE = Scope.TEMPLATES_RECORD
    AGGREGATE = TemplateSubmission
    STREAM = "submission_id"

    submission_id: UUID
    words: str
    code: int | None = None

    def execute(self, submission: TemplateSubmission, _context: CommandContext) -> None:
        """Record it once."""
        submission.must_exist()
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        if not submission.is_over:
            submission.record(
                TemplateSubmissionRefused(
                    submission_id=self.submission_id,
                    template_id=submission.requested.template_id,
                    waba_id=submission.requested.waba_id,
                    words=self.words,
                    code=self.code,
                )
            )
