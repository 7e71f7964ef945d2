"""Prices: what Meta charges a message as, once for each message, summed by month and category.

Meta tells the price with `sent` and once more with `delivered` or `read`; it charges what was
delivered. The later status counts, so that a message is one price in whatever order they come.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.message_status import MessageStatusReceived
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table

_RANKS: Final[Mapping[str, int]] = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
UNKNOWN: Final = "unknown"
_DELIVERED: Final = 2


class PriceRow(msgspec.Struct):
    """The price of a message; in a group, for one participant.

    `month` is that of the status in UTC, as YYYY-MM. `rank` orders the statuses that told a price.
    """

    price_key: str
    tenant_id: UUID
    sender_number_id: UUID
    month: str
    category: str
    pricing_type: str
    rank: int

    @property
    def weight(self) -> tuple[int, str, str, str]:
        """Of two prices told for a message the heavier counts, whichever came first."""
        return self.rank, self.month, self.category, self.pricing_type


def _key(event: MessageStatusReceived) -> str:
    return f"{event.wamid_digest}:{event.participant_digest or ''}"


def _is_priced(event: MessageStatusReceived) -> bool:
    return event.pricing_type is not None or event.pricing_category is not None


def _told(page: Page[PriceRow], record: EventRecord, event: MessageStatusReceived) -> None:
    if not _is_priced(event):
        return
    row = PriceRow(
        price_key=_key(event),
        tenant_id=record.tenant_id,
        sender_number_id=event.sender_number_id,
        month=f"{record.occurred_at:%Y-%m}",
        category=event.pricing_category or UNKNOWN,
        pricing_type=event.pricing_type or UNKNOWN,
        rank=_RANKS.get(event.status, 0),
    )
    known = page.get(row.price_key)
    if known is None or row.weight > known.weight:
        page.put(row)


class MessagePrices(StateProjection[PriceRow]):
    """One row per message that Meta told a price of."""

    name = "message_prices"
    version = 1
    pace_s = 0.2
    table = Table(
        "message_prices",
        PriceRow,
        key=("price_key",),
        indexes=(Index("(tenant_id, month, category, pricing_type, rank)"),),
    )
    changes: ClassVar[Changes] = {MessageStatusReceived: Change(_told)}

    def concerned(self, record: EventRecord) -> Iterator[tuple[str, Any]]:
        """The row of the message, if the status tells a price."""
        event = record.event
        if isinstance(event, MessageStatusReceived) and _is_priced(event):
            yield "price_key", _key(event)


class PriceSum(msgspec.Struct):
    """How many messages of a month were priced alike; `delivered` counts those that arrived."""

    month: str
    category: str
    pricing_type: str
    messages: int
    delivered: int


def price_sums(tenant_id: UUID, *, first_month: str, last_month: str) -> Query[PriceSum]:
    """The sums of the months from the first to the last, both as YYYY-MM."""
    return Query(
        PriceSum,
        """
        SELECT month, category, pricing_type, count(*) AS messages,
            count(*) FILTER (WHERE rank >= %(delivered)s) AS delivered
        FROM read_model.message_prices
        WHERE tenant_id = %(tenant)s AND month BETWEEN %(first)s AND %(last)s
        GROUP BY month, category, pricing_type ORDER BY month, category, pricing_type
        """,
        {
            "tenant": tenant_id,
            "first": first_month,
            "last": last_month,
            "delivered": _DELIVERED,
        },
    )
