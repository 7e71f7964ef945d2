"""What follows from what Meta tells about templates, and from its refusals of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.aggregate import Command
from domain.event import EventRecord, fact_of
from domain.identity import template_id_of
from domain.outbound_message import OutboundFailed, OutboundMessage
from domain.reader import Reader
from domain.sender_number import NoticeContent, SenderNumberAdded, SenderNumberNoticed
from domain.template import Template, TemplateStatus
from domain.template_body import TemplateBody
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    TemplateButton,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_notice import (
    AnyTemplateNotice,
    TemplateCategoryNotice,
    TemplateQualityNotice,
    TemplateStatusNotice,
    TemplateWordsNotice,
)
from domain.template_reports import (
    NoteTemplateCategory,
    NoteTemplateComponents,
    NoteTemplateQuality,
    NoteTemplateStatus,
)
from domain.template_submission import TemplateSubmitted
from domain.template_sync import RequestTemplateSync, sync_id_after

STATUS_OF_REFUSAL: Final[Mapping[int, TemplateStatus]] = {
    132015: TemplateStatus.PAUSED,
    132016: TemplateStatus.DISABLED,
}
"""What Meta's refusal to send says about the template itself (reference, section 12)."""

_TEMPLATE_REFUSED: Final = frozenset({132001, 132007, *STATUS_OF_REFUSAL})
_LISTED_IN_NOTICES: Final = frozenset({ButtonKind.URL, ButtonKind.PHONE_NUMBER})


def follow_template_notice(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever Meta told something about a template, take it into the template."""
    event = fact_of(record, SenderNumberNoticed)
    content = event.content
    about = content.about if isinstance(content, NoticeContent) else None
    if about is None or event.waba_id is None:
        return
    template_id = template_id_of(record.tenant_id, event.waba_id, about.name, about.language)
    template = read.load(Template, template_id)
    yield _report(record, event.waba_id, about, template)
    # A notice names texts and some buttons only: the list of Meta has the whole template.
    if isinstance(about, TemplateWordsNotice):
        yield RequestTemplateSync(
            sync_id=sync_id_after(record.event_id, event.waba_id), waba_id=event.waba_id
        )
    elif template.components is None:
        # Once in a minute: a whole account may be announced template by template.
        minute = int(record.occurred_at.timestamp()) // 60
        yield RequestTemplateSync(
            sync_id=sync_id_after(record.tenant_id, f"{event.waba_id} {minute}"),
            waba_id=event.waba_id,
        )


def _report(
    record: EventRecord, waba_id: str, about: AnyTemplateNotice, template: Template
) -> Command:
    whose: dict[str, Any] = {
        "template_id": template.template_id,
        "tenant_id": record.tenant_id,
        "waba_id": waba_id,
        "name": about.name,
        "language": about.language,
        "meta_template_id": about.meta_template_id,
        "reported_at": record.occurred_at,
    }
    match about:
        case TemplateStatusNotice():
            return NoteTemplateStatus(
                **whose,
                status=about.status,
                reason=about.reason,
                title=about.title,
                note=about.note,
                category=about.category,
            )
        case TemplateQualityNotice():
            return NoteTemplateQuality(**whose, quality=about.quality)
        case TemplateCategoryNotice():
            return NoteTemplateCategory(
                **whose,
                category=about.category,
                announced=about.announced,
                effective_at=about.effective_at,
            )
        case TemplateWordsNotice():
            return NoteTemplateComponents(
                **whose,
                components=_changed(template.components, about),
                parameter_format=template.parameter_format,
            )


def _changed(known: TemplateComponents | None, about: TemplateWordsNotice) -> TemplateComponents:
    """The parts after a notice, which names neither a file above the body nor every button."""
    header = known.header if known is not None else None
    if about.header_text:
        header = TemplateHeader(format=HeaderFormat.TEXT, text=about.header_text)
    elif header is not None and header.format is HeaderFormat.TEXT:
        header = None
    return TemplateComponents(
        body=about.body,
        header=header,
        footer=about.footer,
        buttons=(*_other_buttons(known), *about.buttons),
        examples=known.examples if known is not None else (),
        not_understood=known.not_understood if known is not None else (),
    )


def _other_buttons(known: TemplateComponents | None) -> Iterator[TemplateButton]:
    for button in known.buttons if known is not None else ():
        if button.kind not in _LISTED_IN_NOTICES:
            yield button


def read_templates_of_new_number(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever a number was connected, read the templates of its account."""
    event = fact_of(record, SenderNumberAdded)
    yield RequestTemplateSync(
        sync_id=sync_id_after(record.event_id, event.waba_id), waba_id=event.waba_id
    )


def read_submitted_template(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever Meta took a submission or a deletion, read the templates of the account."""
    event = fact_of(record, TemplateSubmitted)
    yield RequestTemplateSync(
        sync_id=sync_id_after(record.event_id, event.waba_id), waba_id=event.waba_id
    )


def heed_template_refusal(record: EventRecord, read: Reader) -> Iterator[Command]:
    """Whenever Meta refused a message because of its template, stop using the template."""
    event = fact_of(record, OutboundFailed)
    if event.code not in _TEMPLATE_REFUSED:
        return
    content = read.load(OutboundMessage, event.outbound_message_id).content
    if content is None or not isinstance(content.body, TemplateBody):
        return
    template = read.load(Template, content.body.template_id)
    status = STATUS_OF_REFUSAL.get(event.code)
    if status is not None and template.exists and template.is_usable:
        yield NoteTemplateStatus(
            template_id=template.template_id,
            tenant_id=record.tenant_id,
            waba_id=template.waba_id,
            name=template.name,
            language=template.language,
            reported_at=record.occurred_at,
            status=status,
            reason="refused_when_sending",
        )
    yield RequestTemplateSync(
        sync_id=sync_id_after(record.event_id, template.waba_id), waba_id=template.waba_id
    )
