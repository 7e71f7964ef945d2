"""Ranks: the order of labels, for sorting in the database."""

from typing import Final

from domain.ports.assistant_labels import Urgency

LEAST_URGENT: Final = len(Urgency)
"""The rank of what nobody has labelled, after every label."""

_RANKS: Final = {urgency.value: rank for rank, urgency in enumerate(Urgency)}


def urgency_rank(urgency: str) -> int:
    """Return 0 for the most urgent; an unknown label comes last."""
    return _RANKS.get(urgency, LEAST_URGENT)
