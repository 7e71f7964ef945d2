"""E5: a minor abused, missing, extorted, with one who harms, taken abroad, or held by police."""

from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.rules.custody import custody_stated
from infrastructure.assistant.local.rules.violence import is_threatened
from infrastructure.assistant.local.signals import Facts, elapsed_days

_ADULT_YEARS: Final = 18
_AGE_CONTEXT_WORDS: Final = 6
_CHILD_REACH_WORDS: Final = 4
_NEAR_WORDS: Final = 8
_WEEK_DAYS: Final = 7


def minor_in_danger(facts: Facts) -> bool:
    """E5.

    A child is one by its stated age or class, or because it stands as one beside the harm.
    """
    if facts.has("softener", "news"):
        return False
    is_young = states_minor_age(facts)
    if not is_young and not facts.has("minor", "child"):
        return False
    if is_young and _is_held_or_extorted(facts):
        return True
    return (
        any(_is_abused(facts, hit, is_young=is_young) for hit in facts.of("violence", "sexual"))
        or any(_is_missing(facts, hit, is_young=is_young) for hit in facts.of("minor", "missing"))
        or any(_is_beaten(facts, hit, is_young=is_young) for hit in facts.of("violence", "hit"))
        or _is_taken_abroad(facts)
    )


def _is_held_or_extorted(facts: Facts) -> bool:
    return custody_stated(facts) or facts.has("threat", "extort") or facts.has("threat", "publish")


def _is_abused(facts: Facts, hit: Hit, *, is_young: bool) -> bool:
    is_fact = not (facts.is_supposed(hit) or facts.is_over(hit))
    return is_fact and (is_young or _child_is_near(facts, hit))


def _is_missing(facts: Facts, hit: Hit, *, is_young: bool) -> bool:
    before = facts.reading.words[max(0, hit.first - _CHILD_REACH_WORDS) : hit.first]
    is_child = any(word.root == "anak" and word.clause == hit.clause for word in before)
    return (is_young or is_child) and not facts.is_over(hit)


def _is_beaten(facts: Facts, hit: Hit, *, is_young: bool) -> bool:
    if facts.is_supposed(hit) or facts.is_over(hit) or is_threatened(facts, hit):
        return False
    is_object = "anak" in facts.roots_after(hit, 2)
    is_subject = is_young and facts.roots_before(hit, _CHILD_REACH_WORDS)[:1] == ["anak"]
    is_recent = (elapsed_days(facts.times_near(hit)) or 0) <= _WEEK_DAYS
    return (is_object or is_subject) and is_recent and not facts.has("repeated")


def _is_taken_abroad(facts: Facts) -> bool:
    words = facts.words()
    goes_abroad = bool(words & WORD_SETS["abroad"]) or {"luar", "negeri"} <= words
    harms = facts.has("violence") or facts.has("threat")
    if facts.all_past():
        return False
    is_taken = facts.has("minor", "taken")
    return (is_taken and (goes_abroad or harms)) or (facts.has("minor", "carried") and harms)


def _child_is_near(facts: Facts, hit: Hit) -> bool:
    return any(
        abs(child.clause - hit.clause) <= 1 and abs(child.first - hit.first) <= _NEAR_WORDS
        for child in facts.of("minor", "child")
    )


def states_minor_age(facts: Facts) -> bool:
    """Whether an age below 18, a class at school or a word for a minor is stated."""
    words = facts.reading.words
    if {word.raw for word in words} & WORD_SETS["minors"]:
        return True
    if facts.has("minor", "child") and "bawah umur" in facts.reading.text.lower():
        return True
    return any(_is_age(facts, index) for index in range(len(words) - 1))


def _is_age(facts: Facts, index: int) -> bool:
    words = facts.reading.words
    word, following = words[index], words[index + 1]
    if word.root == "kelas":
        return following.raw.isdigit() or following.root in {"sd", "smp", "sma"}
    if word.root in WORD_SETS["age words"]:
        return following.raw.isdigit() and int(following.raw) < _ADULT_YEARS
    if not word.raw.isdigit() or int(word.raw) >= _ADULT_YEARS:
        return False
    if (
        index
        and words[index - 1].root == "anak"
        and facts.reading.text[word.end : word.end + 1] in {",", ")"}
    ):
        return True
    context = words[max(0, index - _AGE_CONTEXT_WORDS) : index + _AGE_CONTEXT_WORDS - 1]
    is_about_child = not WORD_SETS["age context"].isdisjoint(near.root for near in context)
    return following.root in WORD_SETS["years"] and is_about_child
