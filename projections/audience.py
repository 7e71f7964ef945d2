"""The audience of a broadcast: the contacts that its labels choose."""

from uuid import UUID

import msgspec

from domain.broadcast import Audience
from projections.query import Query


class AudienceRow(msgspec.Struct):
    """A contact of the audience."""

    contact_id: UUID


def audience(tenant_id: UUID, wanted: Audience) -> Query[AudienceRow]:
    """Contacts with any of the labels and none of the excluded ones, by their ids.

    Ids only: what planning looks at is read by these ids, page by page, whatever the database
    believes about the size of its tables.
    """
    return Query(
        AudienceRow,
        """
        SELECT {columns} FROM read_model.contact_card
        WHERE tenant_id = %(tenant)s
          AND labels::jsonb ?| %(labels)s::text[]
          AND NOT labels::jsonb ?| %(excluded)s::text[]
        ORDER BY contact_id
        """,
        {
            "tenant": tenant_id,
            "labels": list(wanted.labels),
            "excluded": list(wanted.excluded_labels),
        },
    )
