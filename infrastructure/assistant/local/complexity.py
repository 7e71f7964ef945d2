"""Complexity: the factors F1-F7 and the heavy facts of taxonomy section 3."""

import re
from typing import Final

from domain.ports.assistant import Complexity, Intent
from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.reading import WORD_SETS
from infrastructure.assistant.local.signals import Facts

_BILLION: Final = 1_000_000_000
_MANY_PEOPLE: Final = 10
_OLD_YEARS: Final = 5
_FACTORS_OF_COMPLEX: Final = 2
_GROUP_DIGITS: Final = 3
_MORE_LIKELY: Final = 0.5
_THING_REACH_WORDS: Final = 3
_DEATH_WEIGHS: Final = frozenset(
    {
        Intent.CRIMINAL,
        Intent.TRAFFIC_ACCIDENT,
        Intent.CONSUMER,
        Intent.EMPLOYMENT,
        Intent.CYBER_DEFAMATION,
    }
)

_VALUE: Final = re.compile(
    r"(?P<n>\d{1,4}(?:[.,]\d{1,3})*)\s?(?P<unit>triliun|miliar|milyar|billion|bn|m\b|juta|jt|million)",
    re.IGNORECASE,
)
_FULL_VALUE: Final = re.compile(r"(?:rp\.?|idr)?\s?(?P<n>\d{1,3}(?:[.,]\d{3}){3,})", re.IGNORECASE)
_UNIT_VALUE: Final = {
    "triliun": 1e12, "miliar": 1e9, "milyar": 1e9, "billion": 1e9, "bn": 1e9, "m": 1e9,
    "juta": 1e6, "jt": 1e6, "million": 1e6,
}  # fmt: skip
_DOLLARS: Final = re.compile(r"(?:us\$|\$|usd|dollars?|eur|€|sgd)", re.IGNORECASE)
_DOLLAR_IN_RUPIAH: Final = 15_000
_PEOPLE: Final = re.compile(
    r"(?P<n>\d{2,5})\s?(?:orang|karyawan|pekerja|buruh|warga|kk|korban|jamaah|jemaah|konsumen|"
    r"ahli waris|heirs|people|"
    r"employees|workers|families|investors|nasabah|anggota|unit|cucu|penghuni|pembeli|siswa|pegawai)",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(?<!\d)(?:19[3-9]\d|20[0-2]\d)(?!\d)")
_DECADE: Final = re.compile(r"tahun (?P<d>[4-9]0)(?:an)?\b", re.IGNORECASE)
_LONG_AGO: Final = re.compile(
    r"(?P<n>\d{1,2})\s?(?:tahun|thn|th|years)\s?(?:yang\s)?(?:lalu|silam|ago|kepungkur)",
    re.IGNORECASE,
)


def count_factors(facts: Facts, intent: Intent, areas: int, year: int) -> int:
    """How many of F1-F7 the text states. `areas` is the number of practice areas with own facts."""
    text = facts.reading.text
    factors = (
        facts.has("factor", "third_parties"),
        areas > 1,
        facts.has("factor", "proceedings"),
        intent is not Intent.IMMIGRATION and facts.has("factor", "foreign"),
        _is_billion(text) or facts.has("factor", "group_value"),
        _is_many(text) or facts.has("factor", "many_people"),
        _is_old(text, year) or facts.has("factor", "old_or_forged"),
    )
    return sum(factors)


def has_heavy_fact(facts: Facts, intent: Intent) -> bool:
    """A death in question, narcotics, corruption, sexual abuse, insolvency proceedings.

    In an inheritance the death is the occasion, not a heavy fact; and machines die as well.
    """
    return any(
        hit.idea.name != "death" or _is_death_in_question(facts, hit, intent)
        for hit in facts.of("heavy")
    )


def _is_death_in_question(facts: Facts, hit: Hit, intent: Intent) -> bool:
    around = facts.roots_around(hit, _THING_REACH_WORDS)
    is_thing = bool(around & WORD_SETS["things that die"])
    return intent in _DEATH_WEIGHS and not is_thing and not facts.has("self_harm")


def _is_billion(text: str) -> bool:
    scale = _DOLLAR_IN_RUPIAH if _DOLLARS.search(text) else 1
    if any(
        _number(match["n"]) * _UNIT_VALUE[match["unit"].lower()] * scale >= _BILLION
        for match in _VALUE.finditer(text)
    ):
        return True
    return any(
        int(re.sub(r"\D", "", match["n"])) * scale >= _BILLION
        for match in _FULL_VALUE.finditer(text)
    )


def _number(written: str) -> float:
    """`2,4` and `2.4` are fractions; a sign before three digits groups thousands."""
    head, sign, tail = written.replace(",", ".").rpartition(".")
    if not sign:
        return float(tail)
    return float(head.replace(".", "") + ("" if len(tail) == _GROUP_DIGITS else ".") + tail)


def _is_many(text: str) -> bool:
    return any(int(match["n"]) >= _MANY_PEOPLE for match in _PEOPLE.finditer(text))


def _is_old(text: str, year: int) -> bool:
    if any(year - int(match[0]) > _OLD_YEARS for match in _YEAR.finditer(text)):
        return True
    if _DECADE.search(text):
        return True
    return any(int(match["n"]) > _OLD_YEARS for match in _LONG_AGO.finditer(text))


def decide_complexity(
    facts: Facts, intent: Intent, *, areas: int, year: int, contested: float
) -> Complexity:
    """The level. `contested` is the trained probability that something is contested or planned."""
    factors = count_factors(facts, intent, areas, year)
    is_contested = contested >= _MORE_LIKELY
    is_question = facts.has("softener") and not is_contested
    if intent is Intent.SPAM_OTHER or is_question:
        return Complexity.SIMPLE
    if intent is Intent.GENERAL_INQUIRY:
        return Complexity.MODERATE if is_contested and factors else Complexity.SIMPLE
    is_grave = intent is not Intent.EXISTING_MATTER and has_heavy_fact(facts, intent)
    if is_grave or factors >= _FACTORS_OF_COMPLEX:
        return Complexity.COMPLEX
    is_job_with_factor = factors == 1 and intent is not Intent.EXISTING_MATTER
    return Complexity.MODERATE if is_contested or is_job_with_factor else Complexity.SIMPLE
