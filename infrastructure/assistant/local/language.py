"""The language of a message: Indonesian, English, Javanese, Sundanese, or a mixture of two."""

from collections import Counter
from functools import cache
from typing import Final, NamedTuple

from domain.ports.assistant import MessageLanguage
from infrastructure.assistant.local.reading import WORD_SETS, Reading
from infrastructure.assistant.masking.vocabulary import words_of

_GREETINGS: Final = WORD_SETS["greetings"]
_LOAN_WORDS: Final = WORD_SETS["loan_words"]
_INDONESIAN_FUNCTION: Final = WORD_SETS["indonesian_function"]
_ENGLISH_SURE: Final = WORD_SETS["english_sure"]
_SECOND_SHARE: Final = 0.25
_FIRST_SHARE: Final = 0.75
_REGIONAL_SHARE: Final = 0.6
_REGIONAL_TRACE_SHARE: Final = 0.3
_SECOND_WORDS_MIN: Final = 3
_CLAUSE_WORDS_MIN: Final = 4


class _Lists(NamedTuple):
    english: frozenset[str]
    javanese: frozenset[str]
    sundanese: frozenset[str]
    indonesian: frozenset[str]


@cache
def _lists() -> _Lists:
    """Words that belong to one language only."""
    indonesian = words_of("words_indonesian", "words_chat", "words_legal")
    english = words_of("words_english")
    javanese = words_of("words_javanese")
    sundanese = words_of("words_sundanese")
    shared = words_of("words_brands", "words_places") | _LOAN_WORDS | _GREETINGS
    return _Lists(
        english=(english - indonesian - javanese - sundanese - shared) | _ENGLISH_SURE,
        javanese=javanese - indonesian - english - sundanese - shared,
        sundanese=sundanese - indonesian - english - javanese - shared,
        indonesian=((indonesian | _INDONESIAN_FUNCTION) - english - shared - javanese - sundanese)
        | _INDONESIAN_FUNCTION,
    )


def detect_language(reading: Reading) -> MessageLanguage:
    """Language by words that only one language has; greetings and loan words do not count."""
    lists = _lists()
    counts: Counter[str] = Counter()
    english_by_clause: Counter[int] = Counter()
    words_by_clause: Counter[int] = Counter()
    for word in reading.words:
        language = _language_of(word.raw, lists)
        if language is not None:
            counts[language] += 1
            words_by_clause[word.clause] += 1
            english_by_clause[word.clause] += language == "en"
    total = sum(counts.values())
    if not total:
        return (
            MessageLanguage.ENGLISH if _greets_in_english(reading) else MessageLanguage.INDONESIAN
        )
    has_english_clause = any(
        count >= _CLAUSE_WORDS_MIN and count == words_by_clause[clause]
        for clause, count in english_by_clause.items()
    )
    share = counts["en"] / total
    if share >= _FIRST_SHARE:
        return MessageLanguage.ENGLISH
    is_second = share >= _SECOND_SHARE and counts["en"] >= _SECOND_WORDS_MIN
    if is_second or has_english_clause:
        return MessageLanguage.MIXED
    return _regional(counts)


def _regional(counts: Counter[str]) -> MessageLanguage:
    region = max(("jv", "su"), key=lambda language: counts[language])
    words = counts[region]
    share = words / max(1, words + counts["function"])
    if words and share >= _REGIONAL_SHARE:
        return MessageLanguage(region)
    if words >= _SECOND_WORDS_MIN and share >= _REGIONAL_TRACE_SHARE:
        return MessageLanguage.MIXED
    return MessageLanguage.INDONESIAN


def _language_of(word: str, lists: _Lists) -> str | None:
    """`en`, `jv`, `su`, for Indonesian `function` or `content`; None if the word tells nothing."""
    if word in lists.javanese:
        return "jv"
    if word in lists.sundanese:
        return "su"
    if word in _INDONESIAN_FUNCTION:
        return "function"
    if word in lists.english:
        return "en"
    return "content" if word in lists.indonesian else None


def _greets_in_english(reading: Reading) -> bool:
    words = {word.raw for word in reading.words}
    return bool(
        words
        & {
            "hello",
            "hi",
            "hey",
            "good",
            "morning",
            "thanks",
            "thank",
            "you",
            "sorry",
            "sir",
            "emergency",
        }
    )
