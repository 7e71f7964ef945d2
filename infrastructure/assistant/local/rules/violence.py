"""E2 and H6: violence and confinement, now or recently; a child hidden by a parent."""

from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.signals import Facts, elapsed_days, future_days, is_now

_DAY: Final = 1.0
_WEEK_DAYS: Final = 7
_HIDDEN_CHILD_DAYS: Final = 10.0
_THREAT_REACH_WORDS: Final = 3
_PERSON_REACH_WORDS: Final = 6


def violence_now(facts: Facts) -> bool:
    """E2: violence or confinement now, or within a day with its author near; armed, present."""
    if _is_armed_and_present(facts) or _is_threatening_in_person(facts):
        return True
    return any(_is_happening(facts, hit) for hit in violence_hits(facts))


def _is_armed_and_present(facts: Facts) -> bool:
    is_present = facts.has("presence") or is_now(facts.times) or facts.has("threat")
    return facts.has("weapon") and is_present and not facts.all_past()


def _is_threatening_in_person(facts: Facts) -> bool:
    """Somebody at the door who shouts, or who is here and threatens now."""
    threatens = (
        facts.has("threat", "threat") or facts.has("violence") or facts.has("heavy", "death")
    )
    if facts.all_past() or facts.has("repeated"):
        return False
    if facts.has("presence", "acting") and threatens:
        return True
    return facts.has("presence") and facts.has("threat", "threat") and is_now(facts.times)


def _is_happening(facts: Facts, hit: Hit) -> bool:
    times = facts.times_near(hit)
    elapsed = elapsed_days(times)
    if hit.idea.name == "confined" and (elapsed or 0) <= _DAY:
        return bool(facts.roots_around(hit, _PERSON_REACH_WORDS) & WORD_SETS["people"])
    if is_now(times) and elapsed is None and hit.idea.name != "sexual":
        return not facts.has("repeated")
    if elapsed is None:
        return facts.has("presence", "still")
    return elapsed < _DAY and facts.has("presence")


def violence_recent(facts: Facts) -> bool:
    """H6: violence within a week or repeated at home; a child hidden by a parent within days."""
    return any(_is_recent(facts, hit) for hit in violence_hits(facts)) or _hides_child(facts)


def _is_recent(facts: Facts, hit: Hit) -> bool:
    if hit.idea.name == "confined":
        return False
    times = facts.times_near(hit)
    elapsed = elapsed_days(times)
    # Nobody reports violence of next Sunday: a bare weekday is the last one here.
    is_weekday = elapsed is None and any(0 < days <= _WEEK_DAYS for days in future_days(times))
    if is_weekday or (elapsed is not None and elapsed <= _WEEK_DAYS):
        return True
    is_at_home = bool(facts.words() & WORD_SETS["household"]) or facts.has("presence")
    if facts.has("repeated") and is_at_home:
        return not facts.has("softener", "over")
    return elapsed is None and is_at_home and bool(facts.words() & WORD_SETS["habits"])


def _hides_child(facts: Facts) -> bool:
    words = facts.words()
    if "anak" not in words:
        return False
    is_hidden = bool(words & WORD_SETS["hidden"])
    for hit in facts.of("minor", "taken"):
        elapsed = elapsed_days(facts.times_near(hit))
        if is_hidden if elapsed is None else elapsed <= _HIDDEN_CHILD_DAYS:
            return True
    return False


def violence_hits(facts: Facts) -> list[Hit]:
    """Violence that is reported, neither supposed nor over nor merely threatened."""
    return [
        hit
        for hit in facts.of("violence")
        if not (facts.is_supposed(hit) or facts.is_over(hit) or is_threatened(facts, hit))
    ]


def is_threatened(facts: Facts, hit: Hit) -> bool:
    """`mau dipukul`: announced, not done."""
    return not WORD_SETS["announcing"].isdisjoint(facts.roots_before(hit, _THREAT_REACH_WORDS))
