"""Finding firms across the hub, for the person at the command line (role follow)."""

from typing import Final, NamedTuple
from uuid import UUID

from domain.errors import NotFound
from domain.identity import TenantId
from domain.tenant import TenantCreated
from infrastructure.postgres.connections import HubConnection
from infrastructure.postgres.stored_state import decode_record

_SELECT_FIRMS: Final = """
    SELECT originator_id, originator_version, topic, state,
        notification_id, tenant_id, tenant_seq, recorded_at
    FROM hub.events WHERE topic = 'tenant.created.v1' ORDER BY notification_id
"""


class Firm(NamedTuple):
    """A firm of this hub."""

    tenant_id: UUID
    name: str
    time_zone: str
    created_at: str


def list_firms(connection: HubConnection) -> list[Firm]:
    """All firms, oldest first."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT_FIRMS)
        records = [decode_record(*row) for row in cursor]
    return [
        Firm(
            tenant_id=record.tenant_id,
            name=record.event.name,
            time_zone=record.event.time_zone,
            created_at=record.occurred_at.isoformat(),
        )
        for record in records
        if isinstance(record.event, TenantCreated)
    ]


def firm_of(connection: HubConnection, stream_id: UUID, *, noun: str) -> TenantId:
    """The firm that a member, number or other thing belongs to. Raises NotFound."""
    row = connection.execute(
        "SELECT tenant_id FROM hub.events WHERE originator_id = %s AND originator_version = 1",
        (stream_id,),
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no {noun} with the id {stream_id}.")
    return TenantId(row[0])
