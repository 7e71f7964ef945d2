"""E3, E4, H1 and H2: enforcement, hearings, limits and letters that call to act."""

from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.signals import Facts, elapsed_days, future_days, is_now
from infrastructure.assistant.local.times import Tense

_SOON_DAYS: Final = 1
_WEEK_DAYS: Final = 7
_LIMIT_DAYS_MAX: Final = 30
"""Of a longer limit more than a week is probably left, whenever it began."""

_ARRIVAL_REACH_WORDS: Final = 5
_SENDER_REACH_WORDS: Final = 3


def enforcement_now(facts: Facts) -> bool:
    """E3: eviction, execution, seizure, auction or deportation under way, or due by tomorrow."""
    return any(
        _is_due(facts, hit) or _is_under_way(facts, hit)
        for hit in facts.of("enforcement")
        if not facts.is_supposed(hit)
    )


def _is_due(facts: Facts, hit: Hit) -> bool:
    return any(days <= _SOON_DAYS for days in future_days(facts.times_near(hit)))


def _is_under_way(facts: Facts, hit: Hit) -> bool:
    times = facts.times_near(hit)
    if elapsed_days(times) or hit.idea.name == "auction":
        return False
    around = facts.roots_around(hit, _ARRIVAL_REACH_WORDS)
    is_arriving = facts.has("presence") or bool(around & WORD_SETS["arriving"])
    return is_now(times) or (is_arriving and hit.idea.name == "evict")


def procedure_soon(facts: Facts) -> bool:
    """E4: hearing, examination or statutory time limit today or tomorrow."""
    return any(
        _is_due(facts, hit)
        for hit in facts.of("procedure")
        if not facts.is_supposed(hit) and not _is_received_today(facts, hit)
    )


def _is_received_today(facts: Facts, hit: Hit) -> bool:
    """`the summons arrived today`: the day of the letter, not of the hearing."""
    is_letter = facts.reading.words[hit.first].root in {"panggilan", "polisi"}
    around = facts.roots_around(hit, _ARRIVAL_REACH_WORDS)
    return is_letter and bool(around & WORD_SETS["receiving"])


def date_within_week(facts: Facts) -> bool:
    """H1: a date that matters within seven days, a running overstay, a limit of unknown rest."""
    if any(not facts.is_supposed(hit) for hit in facts.of("limit", "overstay")):
        return True
    if facts.asks_about_rules():
        return False
    dated = (
        *facts.of("limit", "deadline"),
        *facts.of("limit", "running_limit"),
        *facts.of("procedure"),
        *facts.of("enforcement"),
        *facts.of("official_letter"),
        *facts.of("harm_running", "about_to_sell"),
    )
    return any(_is_within_week(facts, hit) for hit in dated) or _limit_runs(facts)


def _is_within_week(facts: Facts, hit: Hit) -> bool:
    if facts.is_supposed(hit):
        return False
    times = facts.times_near(hit)
    ahead = list(future_days(times))
    limits = [time.days for time in times if time.tense is Tense.LIMIT]
    if any(days <= _WEEK_DAYS for days in (*ahead, *limits)):
        return True
    return hit.idea.name == "running_limit" and not ahead and not limits


def _limit_runs(facts: Facts) -> bool:
    """`given 14 days`: the start is unknown, so is the rest.

    `tinggal 4 hari`: the rest is known.
    """
    has_limit = any(
        time.tense is Tense.LIMIT and time.days <= _LIMIT_DAYS_MAX for time in facts.times
    )
    if has_limit and not facts.has("softener", "procedure_question"):
        return True
    remains = bool(facts.words() & WORD_SETS["remaining"]) and not facts.has("violence")
    spans = [-time.days for time in facts.times if time.tense is Tense.SINCE]
    return remains and any(days <= _WEEK_DAYS for days in spans)


def called_to_act(facts: Facts) -> bool:
    """H2: summons, demand or official letter, undated or within a week; sender named as suspect."""
    if _is_suspect(facts):
        return True
    if facts.asks_about_rules():
        return False
    return any(
        _calls(facts, hit)
        for hit in facts.of("official_letter")
        if not facts.is_supposed(hit) and not _sends_it(facts, hit)
    )


def _is_suspect(facts: Facts) -> bool:
    if facts.has("softener", "just_asking"):
        return False
    return any(
        not facts.is_supposed(hit)
        and facts.roots_around(hit, _SENDER_REACH_WORDS).isdisjoint(WORD_SETS["other suspects"])
        for hit in facts.of("suspect")
    )


def _calls(facts: Facts, hit: Hit) -> bool:
    if facts.words() & WORD_SETS["questions of words"]:
        return False
    times = facts.times_near(hit)
    ahead = min(future_days(times), default=0)
    return ahead <= _WEEK_DAYS and (elapsed_days(times) or 0) <= _WEEK_DAYS


def _sends_it(facts: Facts, hit: Hit) -> bool:
    """`mau kirim somasi`: the sender's own letter."""
    words = facts.reading.words[max(0, hit.first - _SENDER_REACH_WORDS) : hit.first]
    before = frozenset(word.root for word in words) | frozenset(word.raw for word in words)
    return bool(before & WORD_SETS["sending"]) and not before & WORD_SETS["receiving"]
