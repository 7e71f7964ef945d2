"""What the trained model sees of a message: words in one form, ideas, where the request stands."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from infrastructure.assistant.local.lexicon import Hit, area_lexicon
from infrastructure.assistant.local.reading import WORD_SETS, Reading
from infrastructure.assistant.local.signals import Facts

_REQUEST_WORDS: Final = WORD_SETS["request_words"]
_SHORT_WORDS_MAX: Final = 5
_LONG_WORDS_MIN: Final = 25
_IDEA_WEIGHT: Final = 1.5
_AREA_WEIGHT: Final = 1.5


def request_clauses(reading: Reading) -> frozenset[int]:
    """Clauses that ask for something; a question mark asks as well."""
    asking = {word.clause for word in reading.words if word.root in _REQUEST_WORDS}
    position = -1
    while (position := reading.text.find("?", position + 1)) >= 0:
        asking.add(reading.clause_at(position))
    return frozenset(asking)


def area_hits(reading: Reading) -> list[Hit]:
    """Ideas of areas, without those inside a longer find of the same area."""
    hits = area_lexicon().find(reading)
    return [
        hit
        for hit in hits
        if not any(
            other is not hit
            and other.idea.group == hit.idea.group
            and other.first <= hit.first
            and hit.last <= other.last
            and (other.last - other.first) > (hit.last - hit.first)
            for other in hits
        )
    ]


def features_of(facts: Facts, hits: Sequence[Hit]) -> dict[str, float]:
    """Features by name with their strength. The same for training and for use."""
    found: dict[str, float] = {}
    _add_words(found, facts.reading)
    _add_ideas(found, facts.reading, hits)
    for hit in facts.hits:
        found[f"s:{hit.idea.group}.{hit.idea.name}"] = -1.0 if hit.is_negated else 1.0
    for time in facts.times:
        found[f"t:{time.tense}"] = 1.0
    count = len(facts.reading.words)
    if count <= _SHORT_WORDS_MAX:
        found["l:short"] = 1.0
    if count >= _LONG_WORDS_MIN:
        found["l:long"] = 1.0
    if "?" in facts.reading.text:
        found["q:mark"] = 1.0
    return found


def _add_words(found: dict[str, float], reading: Reading) -> None:
    before = "^"
    for word in reading.words:
        root = "#" if word.raw[0].isdigit() else word.root
        found[f"w:{root}"] = 1.0
        found[f"b:{before} {root}"] = 1.0
        before = root


def _add_ideas(found: dict[str, float], reading: Reading, hits: Sequence[Hit]) -> None:
    asking = request_clauses(reading)
    counts: Counter[str] = Counter()
    for hit in hits:
        name = f"{hit.idea.group}.{hit.idea.name}"
        if hit.is_negated and hit.first == hit.last:
            found[f"n:{name}"] = _IDEA_WEIGHT
            continue
        found[f"i:{name}"] = _IDEA_WEIGHT
        counts[hit.idea.group] += 1 + (hit.last > hit.first)
        if hit.clause in asking:
            found[f"r:{hit.idea.group}"] = _AREA_WEIGHT
    for area, count in counts.items():
        found[f"a:{area}"] = _AREA_WEIGHT * min(count, 4) / 2
    if counts:
        found[f"top:{max(sorted(counts), key=lambda area: counts[area])}"] = _AREA_WEIGHT
        ordered = sorted(hits, key=lambda hit: (hit.first, -hit.last))
        found[f"first:{ordered[0].idea.group}"] = _AREA_WEIGHT / 2
        areas = sorted(counts)
        for index, left in enumerate(areas):
            for right in areas[index + 1 :]:
                found[f"p:{left}+{right}"] = _AREA_WEIGHT / 2
    else:
        found["a:none"] = _AREA_WEIGHT
