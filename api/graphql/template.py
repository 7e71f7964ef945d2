"""Templates: what Meta has approved to be sent outside the service window."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import strawberry

from api.graphql.access import described
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.cursors import place_cursor, place_of
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.pages import Connection, Window, page
from api.graphql.template_enums import (
    TemplateButtonKind,
    TemplateCategory,
    TemplateHeaderFormat,
    TemplatePlace,
    TemplateQuality,
    TemplateStatus,
)
from api.reading import Opened, Reading
from domain.template import USABLE
from domain.template import TemplateStatus as DomainStatus
from domain.template_components import TemplateComponents, variables_of
from domain.template_filling import needs_value
from projections.template_directory import TemplateRow, templates_by_id, templates_in_order


@strawberry.type(description="A button of a template, before it is filled in.")
class TemplateButton:
    """A button as Meta approved it."""

    kind: TemplateButtonKind = strawberry.field(description="What it does.")
    text: str = strawberry.field(description="What stands on it.")
    url: str | None = strawberry.field(description="The address, perhaps ending in a variable.")
    phone_number: str | None = strawberry.field(description="The number that it calls.")


@strawberry.type(description="A value that a send of the template must give.")
class TemplateVariable:
    """A gap to fill in."""

    place: TemplatePlace = strawberry.field(description="Where it stands.")
    name: str = strawberry.field(
        description="Its word or its number; for a button, which one, counted from 0."
    )
    example: str | None = strawberry.field(description="What was shown to Meta's reviewers.")


@strawberry.type(description="The parts of a template as Meta approved them.")
class TemplateWords:
    """Header, words, footer, buttons, and what has to be filled in."""

    header: str | None = strawberry.field(description="The line above the words.")
    header_format: TemplateHeaderFormat | None = strawberry.field(
        description="What stands above the words; null for nothing."
    )
    body: str = strawberry.field(description="The words, with their variables.")
    footer: str | None = strawberry.field(description="The small line below the words.")
    buttons: list[TemplateButton] = strawberry.field(description="The buttons, in order.")
    variables: list[TemplateVariable] = strawberry.field(description="What has to be filled in.")
    not_understood: list[str] = strawberry.field(
        description="Parts that cannot be filled in here; such a template cannot be sent."
    )


@strawberry.type(description="Meta's own words about the status of a template.")
class TemplateNote:
    """Why, and what Meta recommends."""

    description: str | None = strawberry.field(description="What happened.")
    rejection: str | None = strawberry.field(description="Why it was refused.")
    recommendation: str | None = strawberry.field(description="What Meta recommends.")


@strawberry.type(description="A message that Meta has to approve beforehand, in one language.")
class Template(Node):
    """A row of the template directory."""

    name: str = strawberry.field(description="Its name at Meta.")
    language: str = strawberry.field(description="Its language, for example id or en_US.")
    account_id: str = strawberry.field(description="Meta's id of the account that it belongs to.")
    status: TemplateStatus = strawberry.field(description="Where it stands with Meta.")
    is_usable: bool = strawberry.field(description="Whether it can be sent now.")
    reason: str | None = strawberry.field(
        description="Meta's word for why, for example invalid_format."
    )
    status_title: str | None = strawberry.field(
        description="Meta's word for what happened, for example first_pause or rate_limiting_pause."
    )
    pause_ends_at: datetime | None = strawberry.field(
        description="When a pause ends by itself; null for one that is lifted by hand."
    )
    quality: TemplateQuality = strawberry.field(description="What Meta makes of the reactions.")
    category: TemplateCategory = strawberry.field(description="What Meta counts it as.")
    next_category: TemplateCategory | None = strawberry.field(
        description="What Meta will count it as; null if nothing was announced."
    )
    next_category_at: datetime | None = strawberry.field(description="From when on.")
    submission: str | None = strawberry.field(
        description="submit_requested or delete_requested while Meta is asked, refused where it "
        "refused; null otherwise."
    )
    submission_words: str | None = strawberry.field(
        description="Why Meta refused the last submission, and what to do next."
    )
    version: int = strawberry.field(
        description="The version of the template, for `expectedVersion` of commands."
    )
    changed_at: datetime = strawberry.field(description="When something about it last changed.")
    row: strawberry.Private[TemplateRow]
    parts: strawberry.Private[Opened]
    note_content: strawberry.Private[Opened]

    @described("Its parts; null where `contentState` is not VISIBLE.")
    def words(self, info: Info) -> TemplateWords | None:
        """What it says."""
        return shown(info, self.parts, _words)

    @described("Meta's own words about the status; null where there are none.")
    def note(self, info: Info) -> TemplateNote | None:
        """Why it stands where it stands."""
        return shown(info, self.note_content, _note)

    @described("Whether the parts are shown; ABSENT until they were read from Meta.")
    def content_state(self, info: Info) -> ContentState:
        """Why the parts are shown or not."""
        return content_state(info, self.parts)


class TemplatePlaceInList(NamedTuple):
    """The place of a template: by name, then by language."""

    name: str
    language: str
    template_id: UUID


def template(reading: Reading, row: TemplateRow) -> Template:
    """Return a template of the directory."""
    following = row.next_category
    return Template(
        id=global_id("Template", row.template_id),
        name=row.name,
        language=row.language,
        account_id=row.waba_id,
        status=TemplateStatus(row.status),
        is_usable=DomainStatus(row.status) in USABLE,
        reason=row.reason,
        status_title=row.status_title,
        pause_ends_at=row.pause_ends_at,
        quality=TemplateQuality(row.quality),
        category=TemplateCategory(row.category),
        next_category=None if following is None else TemplateCategory(following),
        next_category_at=row.next_category_at,
        submission=row.submission,
        submission_words=row.submission_words,
        version=row.version,
        changed_at=row.changed_at,
        row=row,
        parts=reading.content(row.components_sealed),
        note_content=reading.content(row.note_sealed),
    )


def load_templates(reading: Reading, keys: list[UUID], _wanted: Any) -> dict[UUID, Template]:
    """Return templates by their ids."""
    rows = reading.rows(templates_by_id(reading.tenant_id, keys))
    return {row.template_id: template(reading, row) for row in rows}


def template_page(
    reading: Reading,
    window: Window,
    statuses: Sequence[str] | None,
    waba_id: str | None,
) -> Connection[Template]:
    """Templates by name and language; deleted ones only if asked for. Raises InvalidCursor."""
    after = None
    if window.cursor is not None:
        after = place_of(window.cursor, "templates", TemplatePlaceInList)
    query = templates_in_order(
        reading.tenant_id,
        limit=window.limit + 1,
        statuses=None if statuses is None else tuple(statuses),
        waba_id=waba_id,
        after=after,
    )
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("templates", (row.name, row.language, row.template_id)),
        lambda rows: [template(reading, row) for row in rows],
    )


def _words(parts: TemplateComponents) -> TemplateWords:
    header = parts.header
    return TemplateWords(
        header=(header.text or None) if header is not None else None,
        header_format=TemplateHeaderFormat(header.format.value) if header is not None else None,
        body=parts.body,
        footer=parts.footer or None,
        buttons=[
            TemplateButton(
                kind=TemplateButtonKind(button.kind.value),
                text=button.text,
                url=button.url or None,
                phone_number=button.phone_number or None,
            )
            for button in parts.buttons
        ],
        variables=_variables(parts),
        not_understood=list(parts.not_understood),
    )


def _variables(parts: TemplateComponents) -> list[TemplateVariable]:
    found: list[TemplateVariable] = []
    if parts.header is not None:
        found += [
            TemplateVariable(
                place=TemplatePlace.HEADER, name=name, example=parts.header.example or None
            )
            for name in variables_of(parts.header.text)
        ]
    for order, name in enumerate(variables_of(parts.body)):
        example = parts.examples[order] if order < len(parts.examples) else None
        found.append(TemplateVariable(place=TemplatePlace.BODY, name=name, example=example or None))
    found += [
        TemplateVariable(
            place=TemplatePlace.BUTTON, name=str(place), example=button.example or None
        )
        for place, button in enumerate(parts.buttons)
        if needs_value(button)
    ]
    return found


def _note(note: Any) -> TemplateNote | None:
    if not (note.description or note.rejection or note.recommendation):
        return None
    return TemplateNote(
        description=note.description or None,
        rejection=note.rejection or None,
        recommendation=note.recommendation or None,
    )
