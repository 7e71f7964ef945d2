"""The rules E1-E7 and H1-H7 of taxonomy section 2: one function each, in the order of trial."""

from collections.abc import Callable, Mapping
from typing import Final

from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.rules.custody import arrested_now, held_longer
from infrastructure.assistant.local.rules.deadlines import (
    called_to_act,
    date_within_week,
    enforcement_now,
    procedure_soon,
)
from infrastructure.assistant.local.rules.minors import minor_in_danger
from infrastructure.assistant.local.rules.threats import loss_stoppable, threatened
from infrastructure.assistant.local.rules.violence import violence_now, violence_recent
from infrastructure.assistant.local.signals import Facts, elapsed_days, is_now

_DAY: Final = 1.0


def self_harm(facts: Facts) -> bool:
    """E6: words of suicide or self-harm. `tidak mau hidup serumah` is about a marriage."""
    return any(
        WORD_SETS["living together"].isdisjoint(facts.roots_after(hit, 1))
        for hit in facts.of("self_harm")
    )


def grave_accident(facts: Facts) -> bool:
    """E7: an accident within 24 hours with death or serious injury."""
    if not facts.words() & WORD_SETS["collisions"] or not facts.has("injury"):
        return False
    elapsed = elapsed_days(facts.times)
    return is_now(facts.times) if elapsed is None else elapsed < _DAY


def alarm_without_facts(facts: Facts) -> bool:
    """H7: `emergency` and nothing else."""
    groups = {hit.idea.group for hit in facts.hits} - {"urgent_word", "softener"}
    return facts.has("urgent_word") and not groups


EMERGENCY_RULES: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "E6": self_harm,
    "E5": minor_in_danger,
    "E2": violence_now,
    "E1": arrested_now,
    "E7": grave_accident,
    "E3": enforcement_now,
    "E4": procedure_soon,
}
HIGH_RULES: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "H4": held_longer,
    "H3": threatened,
    "H6": violence_recent,
    "H2": called_to_act,
    "H5": loss_stoppable,
    "H1": date_within_week,
    "H7": alarm_without_facts,
}
