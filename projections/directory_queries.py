"""Questions by id to intake sessions and to the numbers of a firm."""

from uuid import UUID

from projections.intake_board import IntakeRow
from projections.query import Query
from projections.sender_directory import SenderRow


def intake_sessions_by_id(tenant_id: UUID, session_ids: list[UUID]) -> Query[IntakeRow]:
    """The intake sessions with these ids, in no particular order."""
    return Query(
        IntakeRow,
        """
        SELECT {columns} FROM read_model.intake_board
        WHERE tenant_id = %(tenant)s AND session_id = ANY(%(sessions)s)
        """,
        {"tenant": tenant_id, "sessions": session_ids},
    )


def senders_by_id(tenant_id: UUID, sender_number_ids: list[UUID]) -> Query[SenderRow]:
    """The numbers of the firm with these ids, in no particular order."""
    return Query(
        SenderRow,
        """
        SELECT {columns} FROM read_model.sender_directory
        WHERE tenant_id = %(tenant)s AND sender_number_id = ANY(%(senders)s)
        """,
        {"tenant": tenant_id, "senders": sender_number_ids},
    )
