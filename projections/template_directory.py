"""The template directory: the templates of a firm, as they stand with Meta."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.template import (
    TemplateCategoryChangeAnnounced,
    TemplateCategoryChanged,
    TemplateComponentsChanged,
    TemplateFound,
    TemplateQualityChanged,
    TemplateStatus,
    TemplateStatusChanged,
)
from domain.template_submission import (
    TemplateSubmissionRefused,
    TemplateSubmissionRequested,
    TemplateSubmitted,
)
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

PAUSES: Final = {"first_pause": timedelta(hours=3), "second_pause": timedelta(hours=6)}
"""How long Meta pauses a template for its quality (reference, section 9)."""


class TemplateRow(msgspec.Struct):
    """A template. `components_sealed` are its parts, `note_sealed` Meta's words on the status.

    `submission` says where the last wish about it stands, `submission_words` why it was refused.

    `pause_ends_at` is when Meta lifts a pause by itself; a pause without it ends by hand.
    """

    template_id: UUID
    tenant_id: UUID
    waba_id: str
    meta_template_id: str
    name: str
    language: str
    found_at: datetime
    changed_at: datetime
    version: int
    status: str = TemplateStatus.UNKNOWN.value
    reason: str | None = None
    status_title: str | None = None
    quality: str = "unknown"
    category: str = "unknown"
    next_category: str | None = None
    next_category_at: datetime | None = None
    parameter_format: str = "positional"
    pause_ends_at: datetime | None = None
    components_sealed: bytes | None = None
    note_sealed: bytes | None = None
    submission: str | None = None
    submission_words: str | None = None


def _found(page: Page[TemplateRow], record: EventRecord, event: TemplateFound) -> None:
    row = page.get(event.template_id)
    if row is None:
        row = TemplateRow(
            template_id=event.template_id,
            tenant_id=record.tenant_id,
            waba_id=event.waba_id,
            meta_template_id=event.meta_template_id,
            name=event.name,
            language=event.language,
            found_at=record.occurred_at,
            changed_at=record.occurred_at,
            version=record.stream_version,
        )
    row.meta_template_id = event.meta_template_id
    _put(page, row, record)


def _status(page: Page[TemplateRow], record: EventRecord, event: TemplateStatusChanged) -> None:
    row = page.get(event.template_id)
    if row is not None:
        row.status = event.status.value
        row.reason = event.reason
        row.status_title = event.title
        pause = PAUSES.get(event.title or "") if event.status is TemplateStatus.PAUSED else None
        row.pause_ends_at = None if pause is None else event.reported_at + pause
        row.note_sealed = sealed_column(event)
        _put(page, row, record)


def _quality(page: Page[TemplateRow], record: EventRecord, event: TemplateQualityChanged) -> None:
    row = page.get(event.template_id)
    if row is not None:
        row.quality = event.quality.value
        _put(page, row, record)


def _category(page: Page[TemplateRow], record: EventRecord, event: TemplateCategoryChanged) -> None:
    row = page.get(event.template_id)
    if row is not None:
        row.category = event.category.value
        row.next_category = None
        row.next_category_at = None
        _put(page, row, record)


def _announced(
    page: Page[TemplateRow], record: EventRecord, event: TemplateCategoryChangeAnnounced
) -> None:
    row = page.get(event.template_id)
    if row is not None:
        row.next_category = event.category.value
        row.next_category_at = event.effective_at
        _put(page, row, record)


def _components(
    page: Page[TemplateRow], record: EventRecord, event: TemplateComponentsChanged
) -> None:
    row = page.get(event.template_id)
    if row is not None:
        row.parameter_format = event.parameter_format.value
        row.components_sealed = sealed_column(event)
        _put(page, row, record)


def _wished(
    page: Page[TemplateRow], record: EventRecord, event: TemplateSubmissionRequested
) -> None:
    row = page.get(event.template_id)
    if row is None:
        row = TemplateRow(
            template_id=event.template_id,
            tenant_id=record.tenant_id,
            waba_id=event.waba_id,
            meta_template_id="",
            name=event.name,
            language=event.language,
            found_at=record.occurred_at,
            changed_at=record.occurred_at,
            version=0,
        )
    row.submission = f"{event.action.value}_requested"
    row.submission_words = None
    row.changed_at = record.occurred_at
    page.put(row)


def _answered(
    page: Page[TemplateRow],
    record: EventRecord,
    event: TemplateSubmitted | TemplateSubmissionRefused,
) -> None:
    row = page.get(event.template_id)
    if row is not None:
        words = event.words if isinstance(event, TemplateSubmissionRefused) else None
        row.submission = None if words is None else "refused"
        row.submission_words = words
        row.changed_at = record.occurred_at
        page.put(row)


def _put(page: Page[TemplateRow], row: TemplateRow, record: EventRecord) -> None:
    row.changed_at = record.occurred_at
    row.version = record.stream_version
    page.put(row)


class TemplateDirectory(StateProjection[TemplateRow]):
    """One row per template."""

    name = "template_directory"
    version = 2
    table = Table(
        "template_directory",
        TemplateRow,
        key=("template_id",),
        indexes=(Index("(tenant_id, name, language, template_id)"),),
    )
    changes: ClassVar[Changes] = {
        TemplateFound: Change(_found),
        TemplateStatusChanged: Change(_status),
        TemplateQualityChanged: Change(_quality),
        TemplateCategoryChanged: Change(_category),
        TemplateCategoryChangeAnnounced: Change(_announced),
        TemplateComponentsChanged: Change(_components),
        TemplateSubmissionRequested: Change(_wished),
        TemplateSubmitted: Change(_answered),
        TemplateSubmissionRefused: Change(_answered),
    }


def templates_of_account(tenant_id: UUID, waba_id: str) -> Query[TemplateRow]:
    """All templates of an account, deleted ones too."""
    return Query(
        TemplateRow,
        """
        SELECT {columns} FROM read_model.template_directory
        WHERE tenant_id = %(tenant)s AND waba_id = %(waba)s ORDER BY name, language
        """,
        {"tenant": tenant_id, "waba": waba_id},
    )


def templates_by_id(tenant_id: UUID, template_ids: list[UUID]) -> Query[TemplateRow]:
    """The templates with these ids, in no particular order."""
    return Query(
        TemplateRow,
        """
        SELECT {columns} FROM read_model.template_directory
        WHERE tenant_id = %(tenant)s AND template_id = ANY(%(templates)s)
        """,
        {"tenant": tenant_id, "templates": template_ids},
    )


def templates_in_order(
    tenant_id: UUID,
    *,
    limit: int,
    statuses: tuple[str, ...] | None = None,
    waba_id: str | None = None,
    after: tuple[str, str, UUID] | None = None,
) -> Query[TemplateRow]:
    """Templates by name and language. Deleted ones only where `statuses` asks for them.

    `after` is (name, language, template_id) of the last row of the page before.
    """
    name, language, template_id = after if after is not None else (None, None, None)
    facts: dict[str, Any] = {
        "tenant": tenant_id,
        "statuses": None if statuses is None else list(statuses),
        "waba": waba_id,
        "name": name,
        "language": language,
        "template": template_id,
        "limit": limit,
    }
    return Query(
        TemplateRow,
        """
        SELECT {columns} FROM read_model.template_directory
        WHERE tenant_id = %(tenant)s
          AND CASE WHEN %(statuses)s::text[] IS NULL THEN status <> 'deleted'
                   ELSE status = ANY(%(statuses)s) END
          AND (%(waba)s::text IS NULL OR waba_id = %(waba)s)
          AND (%(name)s::text IS NULL OR (name, language, template_id)
               > (%(name)s, %(language)s, %(template)s::uuid))
        ORDER BY name, language, template_id LIMIT %(limit)s
        """,
        facts,
    )
