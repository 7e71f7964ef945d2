"""Loaders of what belongs to messages and numbers and leads to nothing further."""

from uuid import UUID

from api.graphql.conversation_message import LaterMessage
from api.graphql.ids import uuid_of
from api.graphql.sender_standing import (
    HistoryImport,
    SenderStanding,
    history_import,
    sender_standing,
)
from api.graphql.status_report import StatusReport, status_report
from api.graphql.wanted import Wanted
from api.reading import Reading
from projections.history_imports import imports_of
from projections.message_links import links_about
from projections.message_statuses import statuses_about
from projections.sender_standing import standings_of


def load_later(
    reading: Reading, keys: list[UUID], _wanted: Wanted
) -> dict[UUID, list[LaterMessage]]:
    """Return what was said later about messages, by message."""
    found: dict[UUID, list[LaterMessage]] = {}
    for row in reading.rows(links_about(reading.tenant_id, keys)):
        found.setdefault(row.about, []).append(LaterMessage(reading, row))
    return found


def load_statuses(
    reading: Reading, keys: list[str], _wanted: Wanted
) -> dict[str, list[StatusReport]]:
    """Return the statuses of messages, by id or digest."""
    ids = {key: identifier for key in keys if (identifier := uuid_of(key)) is not None}
    digests = [key for key in keys if key not in ids]
    rows = reading.rows(statuses_about(reading.tenant_id, list(ids.values()), digests))
    found: dict[str, list[StatusReport]] = {}
    for row in rows:
        found.setdefault(row.about, []).append(status_report(row))
    return found


def load_imports(reading: Reading, keys: list[UUID], _wanted: Wanted) -> dict[UUID, HistoryImport]:
    """Return the imports of numbers, by number."""
    rows = reading.rows(imports_of(reading.tenant_id, keys))
    return {row.sender_number_id: history_import(row) for row in rows}


def load_standings(
    reading: Reading, keys: list[UUID], _wanted: Wanted
) -> dict[UUID, SenderStanding]:
    """Return the standing of numbers, by number."""
    rows = reading.rows(standings_of(reading.tenant_id, keys))
    return {row.sender_number_id: sender_standing(row) for row in rows}
