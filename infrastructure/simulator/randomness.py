"""Randomness without a sequence: every draw is a function of the seed and of what it is for.

A generator that is drawn from in turn gives other values as soon as two requests swap places.
Here the value depends only on the seed and on the key of the thing it belongs to, so a run with
concurrent requests can be replayed.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_FRACTION_BYTES = 8
_FRACTION_RANGE = float(1 << (8 * _FRACTION_BYTES))


class Randomness:
    """Deterministic draws for one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bytes(self, count: int, purpose: str, *keys: object) -> bytes:
        """``count`` bytes that depend on the seed, the purpose and the keys only."""
        name = "\x1f".join([str(self.seed), purpose, *(str(key) for key in keys)])
        return hashlib.shake_256(name.encode()).digest(count)

    def fraction(self, purpose: str, *keys: object) -> float:
        """A number in [0, 1)."""
        drawn = int.from_bytes(self.bytes(_FRACTION_BYTES, purpose, *keys), "big")
        return drawn / _FRACTION_RANGE

    def between(self, low: float, high: float, purpose: str, *keys: object) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.fraction(purpose, *keys)

    def chance(self, probability: float, purpose: str, *keys: object) -> bool:
        """True in the given share of all keys."""
        return self.fraction(purpose, *keys) < probability

    def digits(self, count: int, purpose: str, *keys: object) -> str:
        """Decimal digits that never begin with zero."""
        drawn = int.from_bytes(self.bytes(count, purpose, *keys), "big")
        lowest = 10 ** (count - 1)
        return str(lowest + drawn % (9 * lowest))

    def hexadecimal(self, count: int, purpose: str, *keys: object) -> str:
        """Upper-case hexadecimal characters."""
        return self.bytes((count + 1) // 2, purpose, *keys).hex().upper()[:count]

    def url_safe(self, count: int, purpose: str, *keys: object) -> str:
        """Characters of the URL-safe base64 alphabet."""
        return base64.urlsafe_b64encode(self.bytes(count, purpose, *keys)).decode()[:count]

    def shuffled(self, items: Sequence[Item], purpose: str, *keys: object) -> list[Item]:
        """The items in an order that depends on the seed and the keys."""
        places = {
            index: self.fraction(purpose, *keys, "place", index) for index in range(len(items))
        }
        return [items[index] for index in sorted(places, key=places.__getitem__)]
