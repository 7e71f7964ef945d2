"""Ask, once in a while, for the templates of every account to be read: webhooks can get lost."""

import zlib
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.hub import LawyersHub
from domain.identity import TenantId
from domain.ports.clock import Clock
from domain.ports.vault import Vault
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import SCHEDULE_SCOPES
from domain.template_sync import RequestTemplateSync, scheduled_sync_id
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.unique_ids import new_event_id

SCHEDULE: Final = Actor(kind=ActorKind.SYSTEM, id="schedule")


def request_template_syncs(
    connection: Connection[Any], *, clock: Clock, vault: Vault, interval_s: int
) -> None:
    """Ask for one sync per account and interval; asking again in the interval changes nothing.

    Each account has its own beginning of the interval, so that Meta is not asked about all at once.
    """
    accounts: list[tuple[UUID, str]] = connection.execute(
        """
        SELECT DISTINCT tenant_id, waba_id FROM read_model.sender_directory
        WHERE NOT tenant_suspended ORDER BY tenant_id, waba_id
        """
    ).fetchall()
    hub = LawyersHub(TransactionJournal(connection, vault), clock, new_event_id, vault)
    now_s = int(clock.now().timestamp())
    for tenant, waba_id in accounts:
        tenant_id = TenantId(tenant)
        own_start = zlib.crc32(waba_id.encode()) % interval_s
        sync_id = scheduled_sync_id(tenant_id, waba_id, (now_s + own_start) // interval_s)
        with connection.transaction():
            hub.handle(
                RequestTemplateSync(sync_id=sync_id, waba_id=waba_id),
                Provenance(tenant_id=tenant_id, actor=SCHEDULE, correlation_id=sync_id),
                SCHEDULE_SCOPES,
            )
