"""What Meta charges for a message, where a price list says so. No price is ever guessed."""

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from domain.broadcast import ForecastLine
from domain.errors import InvalidInput

COLUMNS: Final = ("country", "category", "currency", "price", "source", "source_date")
"""The columns of a price list: a CSV with this first line, dates as 2026-10-01."""


class MessagePrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one delivered message. `source` says where it was read, `source_date` when."""

    currency: str
    price: Decimal
    source: str
    source_date: str


class PriceList(msgspec.Struct, frozen=True):
    """Prices by country (ISO 3166) and category; what is not in it is not known."""

    prices: Mapping[tuple[str, str], MessagePrice]

    def price(self, country: str, category: str) -> MessagePrice | None:
        """The price of a message, or None where the list does not say."""
        return self.prices.get((country, category))

    def cost(self, line: ForecastLine) -> Decimal | None:
        """What the messages of a line cost at most, or None where it is not known."""
        known = self.price(line.country, line.category)
        return None if known is None else known.price * line.messages


NO_PRICES: Final = PriceList({})
"""The list of a hub that was given none."""


def read_price_list(lines: Iterable[str]) -> PriceList:
    """Return the prices that a CSV lists. Raises InvalidInput, naming the line that is wrong."""
    rows = csv.reader(lines)
    if tuple(next(rows, ())) != COLUMNS:
        raise InvalidInput(f"The first line of a price list is {','.join(COLUMNS)}.")
    prices: dict[tuple[str, str], MessagePrice] = {}
    for row in rows:
        if len(row) != len(COLUMNS) or not all(cell.strip() for cell in row):
            raise InvalidInput(f"Line {rows.line_num} of the price list lacks a value.")
        country, category, currency, price, source, source_date = (cell.strip() for cell in row)
        prices[country.upper(), category] = MessagePrice(
            currency=currency,
            price=_price(price, rows.line_num),
            source=source,
            source_date=source_date,
        )
    return PriceList(prices)


def _price(text: str, line: int) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise InvalidInput(f"Line {line} of the price list has no price but {text!r}.")
    return price
