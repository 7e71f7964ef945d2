"""Delete files whose period of retention has ended, unless a legal hold forbids it."""

import time
from datetime import timedelta
from typing import Any, Final

from psycopg import Connection

from domain.identity import ContactId, MediaId, TenantId, legal_hold_stream_of
from domain.legal_hold import LegalHold
from domain.media_commands import DeleteMedia
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import MEDIA_SCOPES
from domain.tenant import Tenant
from infrastructure.postgres.connections import tenant_session
from jobs.queues import Doorbells, QueueName
from jobs.runtime import MediaRuntime
from jobs.sweep import firms_with_due_media
from projections.media import due_media

LIMIT: Final = 100
"""Files of one run; the next look of the schedule rings for the rest."""

REASON: Final = "retention_ended"
DELETE_LIMIT_S: Final = 60
BUCKET_S: Final = 60
_ACTOR: Final = Actor(kind=ActorKind.SYSTEM, id="retention")


def delete_due_media(runtime: MediaRuntime, tenant_id: TenantId) -> None:
    """Delete the files of intakes that went nowhere, with all pictures of them.

    The objects go first: a run that dies in between is repeated, and deleting them again is
    harmless.
    """
    own_days = runtime.load(Tenant, tenant_id, tenant_id).media_retention_days
    before = runtime.clock.now() - timedelta(days=own_days or runtime.retention_days)
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = due_media(tenant_id, before, limit=LIMIT).fetch(connection)
    for row in rows:
        # The list may be a moment old; a hold counts from the moment it is stored.
        stream_id = legal_hold_stream_of(ContactId(row.contact_id))
        if runtime.load(LegalHold, tenant_id, stream_id).is_placed:
            continue
        runtime.objects.delete_file(tenant_id, row.media_id)
        runtime.hub.handle(
            DeleteMedia(media_id=MediaId(row.media_id), reason=REASON),
            Provenance(tenant_id=tenant_id, actor=_ACTOR, correlation_id=row.media_id),
            MEDIA_SCOPES,
        )


def ring_for_deletions(
    connection: Connection[Any], doorbells: Doorbells, *, retention_days: int
) -> None:
    """Ring for every firm that has files to be deleted (role follow)."""
    for tenant_id in firms_with_due_media(connection, retention_days=retention_days):
        doorbells.ring(
            QueueName.MEDIA,
            "delete_due_media",
            tenant_id,
            bucket=int(time.time()) // BUCKET_S,
            limit_s=DELETE_LIMIT_S,
        )
