"""Ask Meta to take a template, other words of one, or to delete it; keep what it answered."""

from typing import Final

import msgspec

from domain.effects import SubmitTemplateToMeta
from domain.identity import TenantId
from domain.ports.templates import TemplateAccount, TemplateCallRefused
from domain.scopes import TEMPLATE_SCOPES
from domain.template import Template, TemplateStatus
from domain.template_components import MEDIA_FORMATS
from domain.template_rules import TemplateWording
from domain.template_submission import (
    RecordTemplateSubmission,
    RefuseTemplateSubmission,
    TemplateSubmission,
)
from jobs.runtime import SendRuntime
from jobs.sync_templates import account_of, template_provenance
from projections.work_items import WorkItemRow

_INVALID: Final = 100
_SAMPLE_AGAIN: Final = (
    "If it is the sample of its header: bring it anew by POST /media/template-samples and submit "
    "the template with the new handle. Otherwise tell your administrator."
)


def submit_template(runtime: SendRuntime, item: WorkItemRow) -> None:
    """Carry a member's wish to Meta.

    Raises TemplateCallRefused where trying again may help, and WorkNotReady.
    """
    effect = msgspec.json.decode(item.payload, type=SubmitTemplateToMeta)
    tenant_id = TenantId(item.tenant_id)
    submission = runtime.load(TemplateSubmission, tenant_id, effect.submission_id)
    if submission.is_over:
        # The list of work shows what was done a moment later.
        return
    template = runtime.load(Template, tenant_id, submission.requested.template_id)
    try:
        account = account_of(runtime, item, submission.requested.waba_id)
        _ask(runtime, account, submission, template)
    except TemplateCallRefused as refusal:
        if refusal.is_temporary:
            raise
        _refuse(runtime, item, _words(refusal, submission), refusal.meta_code)
        return
    runtime.hub.handle(
        RecordTemplateSubmission(submission_id=effect.submission_id),
        template_provenance(item),
        TEMPLATE_SCOPES,
    )


def fail_submission(runtime: SendRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that Meta could not be asked."""
    _refuse(runtime, item, f"Given up: {reason}.", None)


def _words(refusal: TemplateCallRefused, submission: TemplateSubmission) -> str:
    """Why it was refused and what to do. Meta tells a bad handle by no code of its own."""
    header = submission.wording.components.header if submission.wording is not None else None
    if refusal.meta_code == _INVALID and header is not None and header.format in MEDIA_FORMATS:
        return f"{refusal.words} {_SAMPLE_AGAIN}"
    return f"{refusal.words} {refusal.next_step}"


def _ask(
    runtime: SendRuntime,
    account: TemplateAccount,
    submission: TemplateSubmission,
    template: Template,
) -> None:
    wording = submission.wording
    is_at_meta = template.exists and template.status is not TemplateStatus.DELETED
    if wording is None:
        name = submission.requested.name
        runtime.templates.delete(account, name, template.meta_template_id)
    elif is_at_meta and template.meta_template_id:
        runtime.templates.edit(account, template.meta_template_id, wording)
    else:
        _create(runtime, account, wording)


def _create(runtime: SendRuntime, account: TemplateAccount, wording: TemplateWording) -> None:
    """Create it. Where it is there already with these words, an earlier answer got lost."""
    try:
        runtime.templates.create(account, wording)
    except TemplateCallRefused as refusal:
        if refusal.is_temporary or not _is_there(runtime, account, wording):
            raise


def _is_there(runtime: SendRuntime, account: TemplateAccount, wording: TemplateWording) -> bool:
    return any(
        (each.name, each.language, each.components.body)
        == (wording.name, wording.language, wording.components.body)
        for each in runtime.templates.listed(account)
    )


def _refuse(runtime: SendRuntime, item: WorkItemRow, words: str, code: int | None) -> None:
    effect = msgspec.json.decode(item.payload, type=SubmitTemplateToMeta)
    runtime.hub.handle(
        RefuseTemplateSubmission(submission_id=effect.submission_id, words=words, code=code),
        template_provenance(item),
        TEMPLATE_SCOPES,
    )
