"""What a member writes into a broadcast: words or a template, an audience by labels or a list."""

from typing import Any

import strawberry

from api.graphql.broadcast_inputs import (
    BroadcastRecipientInput,
    BroadcastTemplateInput,
    DraftBroadcastInput,
    ReviseBroadcastInput,
)
from api.graphql.context import RequestContext
from api.graphql.enums import ConsentPurpose, value_of
from api.graphql.ids import identifier_of
from api.graphql.sending_rules import known_template
from api.graphql.template_values import filled_in
from api.recipient_lists import ListEntry, check_size, stored_list
from domain import contact
from domain.broadcast import Audience, BroadcastContent
from domain.broadcast_words import BroadcastWords, TemplateWords, TextWords
from domain.errors import InvalidInput
from domain.identity import BroadcastId
from domain.limits import Field
from domain.outbound_media import AttachedFile
from domain.template_body import TemplateBody

Written = DraftBroadcastInput | ReviseBroadcastInput

_RECIPIENTS = ("input", "recipients")
_TEMPLATE = ("input", "template")


def audience_of(context: RequestContext, broadcast_id: BroadcastId, given: Written) -> Audience:
    """Return whom it is for; a list is stored first. Waits for PostgreSQL. Raises InvalidInput."""
    listed = None
    if given.recipients is not None:
        check_size(len(given.recipients), _RECIPIENTS)
        entries = [_entry(one, place) for place, one in enumerate(given.recipients)]
        listed = stored_list(context.services, context.member, broadcast_id, entries, _RECIPIENTS)
    return Audience(
        labels=tuple(given.labels),
        excluded_labels=tuple(given.excluded_labels),
        consent_purpose=contact.ConsentPurpose(_purpose(given)),
        listed=listed,
    )


def content_of(context: RequestContext, given: Written) -> BroadcastContent:
    """Return title and words. Waits for PostgreSQL. Raises InvalidInput, TemplateNotUnderstood."""
    return BroadcastContent(title=given.title, words=_words(context, given))


def written(given: Written) -> dict[str, Any]:
    """Return what was written as plain data: what must be the same for the same key."""
    recipients = given.recipients
    return {
        "labels": given.labels,
        "excludedLabels": given.excluded_labels,
        "consentPurpose": _purpose(given),
        "title": given.title,
        "text": given.text,
        "template": None if given.template is None else strawberry.asdict(given.template),
        "recipients": None
        if recipients is None
        else [strawberry.asdict(recipient) for recipient in recipients],
    }


def _words(context: RequestContext, given: Written) -> BroadcastWords:
    if (given.text is None) == (given.template is None):
        raise InvalidInput("Give either `text` or `template`.", field=("input", "text"))
    if given.template is None:
        return TextWords(text=given.text or "")
    return TemplateWords(body=_template_body(context, given.template))


def _template_body(context: RequestContext, given: BroadcastTemplateInput) -> TemplateBody:
    field = (*_TEMPLATE, "templateId")
    template = known_template(context, identifier_of(given.template_id, "Template", field=field))
    if not template.exists:
        raise InvalidInput("There is no template of the firm with this id.", field=field)
    return filled_in(template, given.values, (*_TEMPLATE, "values"), _no_file)


def _no_file(_media_id: str, field: Field) -> AttachedFile:
    """A file of the hub belongs to the person of one conversation; others must not get it."""
    raise InvalidInput(
        "A file of a conversation cannot go to many.",
        field=(*field, "fileId"),
        hint="Give the header by `link` or by Meta's `mediaId`.",
    )


def _entry(given: BroadcastRecipientInput, place: int) -> ListEntry:
    here = (*_RECIPIENTS, str(place))
    values = {each.name: each.text for each in given.variables}
    if len(values) != len(given.variables):
        raise InvalidInput("A variable has two values.", field=(*here, "variables"))
    key = identifier_of(given.contact_id, "Contact", field=(*here, "contactId"))
    return ListEntry(key, values)


def _purpose(given: Written) -> str:
    return value_of(given.consent_purpose or ConsentPurpose.INTAKE)
