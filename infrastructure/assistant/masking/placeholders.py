"""Placeholders and the way back: what stands behind each one, in the memory of one process only."""

import re
from collections.abc import Iterable
from typing import Final, NoReturn

from domain.ports.assistant import AssistantAnswerRejected
from infrastructure.assistant.masking.documents import find_documents
from infrastructure.assistant.masking.identifiers import find_identifiers
from infrastructure.assistant.masking.normalisation import fold, normalise
from infrastructure.assistant.masking.spans import Kind
from infrastructure.assistant.masking.vocabulary import shared_vocabulary

PLACEHOLDER: Final = re.compile(rf"\[(?:{'|'.join(Kind)})_[1-9]\d{{0,3}}\]")
"""The only form a placeholder has."""

_KINDS: Final = "|".join(Kind)
LOOK_ALIKE: Final = re.compile(
    rf"[\[({{<]\s?(?:{_KINDS})[\s_\-]{{0,2}}\d{{0,4}}\s?[\])}}>]|\b(?:{_KINDS})_\d{{0,4}}\b",
    re.IGNORECASE,
)
"""What a text must not hold: anything that could be taken for a placeholder without being one."""

_DAMAGED: Final = re.compile(
    rf"{LOOK_ALIKE.pattern}|[\[{{<](?:{_KINDS})|(?-i:\b(?:{_KINDS})[ \-]?\d{{1,3}}\b)",
    re.IGNORECASE,
)
"""In an answer the bare word in capitals with a small number is a damaged placeholder as well."""

_VALUE_LETTERS_MIN: Final = 3


class PlaceholderMapping:
    """Placeholders of one conversation.

    It shows no content, and it cannot be pickled or copied out.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._placeholders: dict[tuple[Kind, str], str] = {}
        self._counts: dict[Kind, int] = {}

    def placeholder_for(self, kind: Kind, value: str) -> str:
        """The placeholder of this value, the same one for the same value."""
        key = (kind, fold(value) or value)
        placeholder = self._placeholders.get(key)
        if placeholder is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"[{kind}_{self._counts[kind]}]"
            self._placeholders[key] = placeholder
            self._values[placeholder] = value
        return placeholder

    def value_of(self, placeholder: str) -> str | None:
        """What the placeholder stands for, or None if this conversation has no such placeholder."""
        return self._values.get(placeholder)

    def values(self) -> Iterable[tuple[str, str]]:
        """Placeholder and value of everything masked so far."""
        return tuple(self._values.items())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"PlaceholderMapping(<{len(self._values)} placeholders>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A placeholder mapping stays in the memory of its process.")


def unmask(
    text: str,
    mapping: PlaceholderMapping,
    *,
    allowed: Iterable[str] = (),
    required: Iterable[str] = (),
) -> str:
    """The readable text of an answer.

    `allowed` holds the firm's own words (its name, its safety text) that an answer may repeat;
    `required` holds placeholders that must not be lost. Raises AssistantAnswerRejected with
    reason `placeholder_unknown`, `placeholder_mangled`, `placeholder_missing` or
    `personal_data_in_answer`.
    """
    present = set(PLACEHOLDER.findall(text))
    if any(mapping.value_of(placeholder) is None for placeholder in present):
        _reject("placeholder_unknown", "The answer holds a placeholder that was never given.")
    if not set(required) <= present:
        _reject("placeholder_missing", "The answer lost a placeholder that it had to keep.")
    plain = PLACEHOLDER.sub(" ", text)
    if _DAMAGED.search(plain):
        _reject("placeholder_mangled", "The answer holds a damaged placeholder.")
    for own_words in allowed:
        if own_words:
            plain = plain.replace(own_words, " ")
    if holds_personal_data(plain, mapping):
        _reject("personal_data_in_answer", "The answer holds personal data in clear.")
    return PLACEHOLDER.sub(lambda match: mapping.value_of(match[0]) or "", text)


def holds_personal_data(text: str, mapping: PlaceholderMapping) -> bool:
    """Whether a masked value, or anything that looks like an identifier, stands in the text."""
    normal = normalise(text)
    if any(layer for layer in find_documents(normal)) or find_identifiers(normal):
        return True
    words = f" {fold(normal)} "
    return any(
        len(folded) >= _VALUE_LETTERS_MIN and f" {folded} " in words
        for placeholder, value in mapping.values()
        if not placeholder.startswith(f"[{Kind.WORD}_")
        and not _is_everyday_word(value)
        and (folded := fold(value))
    )


def _is_everyday_word(value: str) -> bool:
    """A name such as `Bunga` or `Tim`: alone it tells nothing, and any answer may hold the word."""
    return value.isalpha() and shared_vocabulary().is_known(value.lower())


def _reject(reason: str, message: str) -> NoReturn:
    raise AssistantAnswerRejected(reason, message)
