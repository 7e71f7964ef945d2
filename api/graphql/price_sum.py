"""What Meta charges the messages of the firm as, summed by month."""

import re
from typing import Final

import strawberry

from domain.errors import InvalidInput
from projections.message_prices import PriceSum as PriceSumRow

_MONTH: Final = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")


@strawberry.type(description="How many messages of a month Meta priced alike.")
class PriceSum:
    """A sum; amounts of money depend on Meta's price list and are not known here."""

    month: str = strawberry.field(description="The month in UTC, as YYYY-MM.")
    category: str = strawberry.field(description="Meta's category: service, utility, marketing, …")
    pricing_type: str = strawberry.field(
        description="regular is charged; free_customer_service and free_entry_point are not."
    )
    messages: int = strawberry.field(description="How many messages Meta told this price of.")
    delivered: int = strawberry.field(description="How many of them were delivered or read.")


def price_sum(row: PriceSumRow) -> PriceSum:
    """Return a sum of the read model."""
    return PriceSum(
        month=row.month,
        category=row.category,
        pricing_type=row.pricing_type,
        messages=row.messages,
        delivered=row.delivered,
    )


def checked_month(month: str, field: str) -> str:
    """Return the month. Raises InvalidInput for anything but YYYY-MM."""
    if not _MONTH.fullmatch(month):
        raise InvalidInput("A month is written YYYY-MM, such as 2026-11.", field=(field,))
    return month
