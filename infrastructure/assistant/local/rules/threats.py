"""H3 and H5: threats, publication, collectors, announced seizure; losses still to be stopped."""

from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.signals import Facts, elapsed_days, future_days

_WEEK_DAYS: Final = 7
_DRAINED_DAYS: Final = 3.0
_AFTER_WORDS: Final = 4
_OWNER_WORDS: Final = 2
_ENFORCER_WORDS: Final = 6


def threatened(facts: Facts) -> bool:
    """H3: threats, extortion, publication going on or announced, collectors, announced seizure."""
    return (
        _is_pressed(facts)
        or _is_exposed(facts)
        or _is_chased(facts)
        or any(_is_announced(facts, hit) for hit in facts.of("enforcement"))
    )


def _is_current(facts: Facts, hit: Hit) -> bool:
    elapsed = elapsed_days(facts.times_near(hit))
    return not facts.is_supposed(hit) and (elapsed is None or elapsed <= _WEEK_DAYS)


def _is_pressed(facts: Facts) -> bool:
    """A threat to sue or to report is no threat in this sense."""
    if facts.has("softener", "just_asking"):
        return False
    return any(
        _is_current(facts, hit)
        and WORD_SETS["legal steps"].isdisjoint(facts.roots_after(hit, _AFTER_WORDS))
        for hit in (*facts.of("threat", "threat"), *facts.of("threat", "extort"))
    )


def _is_exposed(facts: Facts) -> bool:
    is_private = bool(facts.words() & WORD_SETS["private things"])
    return is_private and any(_is_current(facts, hit) for hit in facts.of("threat", "publish"))


def _is_chased(facts: Facts) -> bool:
    is_lender = bool(facts.words() & WORD_SETS["lenders"])
    hits = facts.of("threat", "collector")
    is_rule_asked = facts.has("softener", "procedure_question") and "saya" not in facts.words()
    return is_lender and not is_rule_asked and any(not facts.is_supposed(hit) for hit in hits)


def _is_announced(facts: Facts, hit: Hit) -> bool:
    if hit.idea.name == "deport" or facts.is_supposed(hit):
        return False
    times = facts.times_near(hit)
    if elapsed_days(times) is not None or any(days > _WEEK_DAYS for days in future_days(times)):
        return False
    before = facts.roots_before(hit, _AFTER_WORDS)
    return not WORD_SETS["announcing"].isdisjoint(before) and _is_against_sender(facts, hit)


def _is_against_sender(facts: Facts, hit: Hit) -> bool:
    """Passive, or done by a bank, an authority, an owner; not the sender's own plan."""
    if not WORD_SETS["own targets"].isdisjoint(facts.roots_after(hit, _OWNER_WORDS)):
        return False
    is_passive = facts.reading.words[hit.first].raw.startswith("di")
    before = facts.roots_before(hit, _ENFORCER_WORDS)
    return is_passive or not WORD_SETS["enforcers"].isdisjoint(before)


def loss_stoppable(facts: Facts) -> bool:
    """H5: drained or hacked within 3 days, taken within 7, about to be sold, costs mounting."""
    return any(
        _is_stoppable(facts, hit) for hit in facts.of("harm_running") if not facts.is_supposed(hit)
    )


def _is_stoppable(facts: Facts, hit: Hit) -> bool:
    elapsed = elapsed_days(facts.times_near(hit))
    words = facts.words()
    if hit.idea.name == "drained":
        return (elapsed or 0) <= _DRAINED_DAYS and bool(words & WORD_SETS["accounts"])
    if hit.idea.name == "blocked":
        return elapsed is not None and elapsed <= _WEEK_DAYS
    if hit.idea.name == "about_to_sell":
        return bool(words & WORD_SETS["assets"]) and _is_sold_by_other(facts, hit)
    return not facts.has("softener", "price_question")


def _is_sold_by_other(facts: Facts, hit: Hit) -> bool:
    """The sender's own plan to sell is no loss."""
    words = facts.reading.words
    before = {word.root for word in words[max(0, hit.first - _OWNER_WORDS) : hit.last]}
    is_own = bool(before & {"saya", "kami"}) or facts.roots_after(hit, 1) == ["saya"]
    return not is_own and not facts.has("softener", "procedure_question")
