"""The audience of a broadcast: the contacts that its labels choose."""

from uuid import UUID

import msgspec

from domain.broadcast import Audience
from projections.query import Query


class AudienceRow(msgspec.Struct):
    """A contact of the audience; `is_left_out` where it carries an excluded label."""

    contact_id: UUID
    is_left_out: bool = False


def audience(tenant_id: UUID, wanted: Audience) -> Query[AudienceRow]:
    """Contacts with any of the labels and none of the excluded ones, by their ids.

    Ids only: what planning looks at is read by these ids, page by page, whatever the database
    believes about the size of its tables.
    """
    if wanted.listed is not None:
        return _listed(tenant_id, wanted, wanted.listed.list_id)
    return Query(
        AudienceRow,
        """
        SELECT contact_id, false AS is_left_out FROM read_model.contact_card
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


def _listed(tenant_id: UUID, wanted: Audience, list_id: UUID) -> Query[AudienceRow]:
    return Query(
        AudienceRow,
        """
        SELECT entry.contact_id,
            coalesce(card.labels::jsonb ?| %(excluded)s::text[], false) AS is_left_out
        FROM read_model.listed_recipients AS entry
        LEFT JOIN read_model.contact_card AS card USING (contact_id)
        WHERE entry.tenant_id = %(tenant)s AND entry.list_id = %(list)s
        ORDER BY entry.contact_id
        """,
        {"tenant": tenant_id, "list": list_id, "excluded": list(wanted.excluded_labels)},
    )
