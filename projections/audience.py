"""The audience of a broadcast: the contacts that its labels or its list choose."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from domain.broadcast import Audience
from projections.query import Query

_BY_LABELS: Final[LiteralString] = """
    SELECT contact_id, merged_into, false AS is_left_out FROM read_model.contact_card
    WHERE tenant_id = %(tenant)s
      AND labels::jsonb ?| %(labels)s::text[]
      AND NOT labels::jsonb ?| %(excluded)s::text[]
"""
_BY_LIST: Final[LiteralString] = """
    SELECT entry.contact_id, card.merged_into,
        coalesce(card.labels::jsonb ?| %(excluded)s::text[], false) AS is_left_out
    FROM read_model.listed_recipients AS entry
    LEFT JOIN read_model.contact_card AS card USING (contact_id)
    WHERE entry.tenant_id = %(tenant)s AND entry.list_id = %(list)s
"""
_ONE_OF_EACH_PERSON: Final[LiteralString] = """
    ), joined AS (
        SELECT contact_id, merged_into AS goes_on_in, 1 AS steps FROM chosen
        WHERE merged_into IS NOT NULL AND NOT is_left_out
        UNION ALL
        SELECT joined.contact_id, card.merged_into, joined.steps + 1
        FROM joined JOIN read_model.contact_card AS card ON card.contact_id = joined.goes_on_in
        WHERE card.tenant_id = %(tenant)s AND card.merged_into IS NOT NULL
          AND joined.steps < %(joined_max)s
    ), person AS (
        SELECT DISTINCT ON (contact_id) contact_id, goes_on_in, steps
        FROM joined ORDER BY contact_id, steps DESC
    ), written_to AS (
        SELECT DISTINCT ON (goes_on_in) contact_id FROM person
        WHERE goes_on_in NOT IN (SELECT contact_id FROM chosen WHERE NOT is_left_out)
        ORDER BY goes_on_in, steps, contact_id
    )
    SELECT contact_id, is_left_out OR (merged_into IS NOT NULL
        AND contact_id NOT IN (SELECT contact_id FROM written_to)) AS is_left_out
    FROM chosen ORDER BY contact_id
"""
_JOINED_MAX: Final = 20
"""How often in a row contacts that turned out to be one person are followed."""


class AudienceRow(msgspec.Struct):
    """A contact of the audience.

    `is_left_out` where it carries an excluded label, or is the same person as another one of the
    audience: the contact in which the person goes on is written to.
    """

    contact_id: UUID
    is_left_out: bool = False


def audience(tenant_id: UUID, wanted: Audience) -> Query[AudienceRow]:
    """Contacts with any of the labels and none of the excluded ones, or of a list, by their ids.

    Ids only: what planning looks at is read by these ids, page by page, whatever the database
    believes about the size of its tables.
    """
    chosen = _BY_LABELS if wanted.listed is None else _BY_LIST
    return Query(
        AudienceRow,
        "WITH RECURSIVE chosen AS (" + chosen + _ONE_OF_EACH_PERSON,
        {
            "tenant": tenant_id,
            "labels": list(wanted.labels),
            "list": None if wanted.listed is None else wanted.listed.list_id,
            "excluded": list(wanted.excluded_labels),
            "joined_max": _JOINED_MAX,
        },
    )
