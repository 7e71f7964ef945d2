"""E1 and H4: somebody is held, or questioned without being free to leave."""

from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.signals import Facts, elapsed_days, future_days

_FRESH_DAYS: Final = 3.0
_SOON_DAYS: Final = 1
_THING_REACH_WORDS: Final = 5
_CULPRIT_REACH_WORDS: Final = 8
_FEAR_REACH_WORDS: Final = 3


def arrested_now(facts: Facts) -> bool:
    """E1: held or questioned, since at most 72 hours or since an unstated time."""
    for hit in _custody_hits(facts):
        times = facts.times_near(hit)
        is_later = any(days > _SOON_DAYS for days in future_days(times))
        if hit.idea.name == "questioned" and is_later:
            continue
        if (elapsed_days(times) or 0) <= _FRESH_DAYS:
            return True
    return False


def held_longer(facts: Facts) -> bool:
    """H4: held for longer than 72 hours."""
    return any(
        (elapsed_days(facts.times_near(hit)) or 0) > _FRESH_DAYS for hit in _custody_hits(facts)
    )


def custody_stated(facts: Facts) -> bool:
    """Whether somebody is in custody at all."""
    return bool(_custody_hits(facts))


def _custody_hits(facts: Facts) -> list[Hit]:
    return [
        hit
        for hit in facts.of("custody")
        if not (
            _is_thing(facts, hit)
            or _is_culprit(facts, hit)
            or _is_feared(facts, hit)
            or facts.is_supposed(hit)
            or facts.is_over(hit, reach=1)
        )
    ]


def _is_thing(facts: Facts, hit: Hit) -> bool:
    """A diploma, a car or a wage is held, not a person."""
    around = facts.roots_around(hit, _THING_REACH_WORDS)
    is_person = bool(around & (WORD_SETS["people"] - {"saya"}))
    return bool(around & WORD_SETS["things"]) and not is_person


def _is_culprit(facts: Facts, hit: Hit) -> bool:
    """`pelaku sudah ditangkap`: good news for the sender."""
    return bool(facts.roots_around(hit, _CULPRIT_REACH_WORDS) & WORD_SETS["culprits"])


def _is_feared(facts: Facts, hit: Hit) -> bool:
    before = facts.roots_before(hit, _FEAR_REACH_WORDS)
    is_wished = before[-1:] == ["mau"] or before[-2:] == ["mau", "dia"]
    return is_wished or not WORD_SETS["fears"].isdisjoint(before)
