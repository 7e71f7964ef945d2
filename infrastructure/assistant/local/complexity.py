"""Complexity: the factors F1-F7 and the heavy facts of taxonomy section 3."""

import re
from typing import Final

from domain.ports.assistant import Complexity, Intent
from infrastructure.assistant.local.signals import Facts

_BILLION: Final = 1_000_000_000
_MANY_PEOPLE: Final = 10
_OLD_YEARS: Final = 5
_FACTORS_OF_COMPLEX: Final = 2

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
    r"(?P<n>\d{2,5})\s?(?:orang|karyawan|pekerja|buruh|warga|kk|korban|jamaah|jemaah|konsumen|ahli waris|heirs|people|"
    r"employees|workers|families|investors|nasabah|anggota|unit|cucu|penghuni|pembeli|siswa|pegawai)",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(?<!\d)(?:19[3-9]\d|20[0-2]\d)(?!\d)")
_DECADE: Final = re.compile(r"tahun (?P<d>[4-9]0)(?:an)?\b", re.IGNORECASE)
_LONG_AGO: Final = re.compile(
    r"(?P<n>\d{1,2})\s?(?:tahun|thn|th|years)\s?(?:yang\s)?(?:lalu|silam|ago|kepungkur)",
    re.IGNORECASE,
)

_FOREIGN_PARTY: Final = frozenset({"singapura", "singapore", "malaysia", "luar"})


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

    In an inheritance the death is the occasion, not a heavy fact.
    """
    for hit in facts.of("heavy"):
        name = hit.idea.name
        if name == "death" and intent in _DEATH_IS_OCCASION:
            continue
        if name == "death" and facts.has("self_harm"):
            continue
        return True
    return False


_DEATH_IS_OCCASION: Final = frozenset(
    {Intent.INHERITANCE, Intent.FAMILY, Intent.DEBT_COLLECTION, Intent.LAND_PROPERTY, Intent.GENERAL_INQUIRY,
     Intent.SPAM_OTHER, Intent.CONTRACT_CIVIL, Intent.IMMIGRATION, Intent.TAX_ADMIN, Intent.EMPLOYMENT}
)  # fmt: skip


def _is_billion(text: str) -> bool:
    scale = _DOLLAR_IN_RUPIAH if _DOLLARS.search(text) else 1
    for match in _VALUE.finditer(text):
        number = (
            float(match["n"].replace(".", "").replace(",", "."))
            if "," in match["n"]
            else float(
                match["n"].replace(".", "") if len(match["n"].split(".")[-1]) == 3 else match["n"]  # noqa: PLR2004
            )
        )
        if number * _UNIT_VALUE[match["unit"].lower()] * scale >= _BILLION:
            return True
    return any(
        int(re.sub(r"\D", "", match["n"])) * scale >= _BILLION
        for match in _FULL_VALUE.finditer(text)
    )


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
    if intent is Intent.SPAM_OTHER:
        return Complexity.SIMPLE
    factors = count_factors(facts, intent, areas, year)
    is_contested = contested >= 0.5  # noqa: PLR2004 - the more probable of two
    if intent is Intent.GENERAL_INQUIRY:
        return Complexity.MODERATE if is_contested and factors else Complexity.SIMPLE
    if not is_contested and facts.has("softener"):
        return Complexity.SIMPLE
    if intent is not Intent.EXISTING_MATTER and has_heavy_fact(facts, intent):
        return Complexity.COMPLEX
    if factors >= _FACTORS_OF_COMPLEX:
        return Complexity.COMPLEX
    if is_contested or (factors == 1 and intent is not Intent.EXISTING_MATTER):
        return Complexity.MODERATE
    return Complexity.SIMPLE
