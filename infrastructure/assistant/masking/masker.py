"""The masker: the only maker of `MaskedText`.

Whatever goes wrong here, the assistant is not asked.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from domain.ports.assistant import MaskedText, MaskingFailed
from infrastructure.assistant.masking.addresses import find_addresses
from infrastructure.assistant.masking.documents import find_documents
from infrastructure.assistant.masking.identifiers import find_identifiers
from infrastructure.assistant.masking.known_entities import KnownEntity, KnownEntityFinder
from infrastructure.assistant.masking.normalisation import normalise
from infrastructure.assistant.masking.organisations import find_organisations
from infrastructure.assistant.masking.people import PeopleFinder, tokens_of
from infrastructure.assistant.masking.placeholders import (
    LOOK_ALIKE,
    PLACEHOLDER,
    PlaceholderMapping,
)
from infrastructure.assistant.masking.spans import Kind, Span, settle
from infrastructure.assistant.masking.vocabulary import Vocabulary, shared_vocabulary

CHARACTERS_MAX: Final = 20_000
"""Longest text that is masked; a WhatsApp message has at most 4,096 characters."""

TIME_LIMIT_SECONDS: Final = 1.0
"""Longest time one text may take; masking normally takes a few milliseconds."""

_SURE_DOCUMENTS: Final = 5
"""Layers of documents that come before plain digits: all but passports and plates."""

_LOOKS_MAX: Final = 4
"""Looks at a masked text before it is given up."""

_MIXED_TOKEN: Final = re.compile(r"(?=\w*\d)(?=\w*[^\W\d_])\w{3,}")
_KNOWN_MIXED: Final = re.compile(
    r"[^\W\d_]+2(?:nya|an|in|kan)?|\d+(?:rb|ribu|jt|juta|k|m|x|hari|hr|thn|th|bln|jam|menit|mnt|org|orang|kg|km|"
    r"cm|gr|an|st|nd|rd|th|am|pm|pcs|bulan|minggu|tahun|jtan|jt2an|ribuan|jutaan|mb|gb|wib|wit|wita)"
    r"|sp[123]|p(?:18|19|21)|sp2hp|a[34]|covid19|b2b|c2c|pph\d{2}|pasal\d+|\d{1,2}[xX]\d{1,2}|t\d{2,3}|4g|5g|s[123]|d[34]",
    re.IGNORECASE,
)


class MaskingMode(StrEnum):
    """What happens to a word that no list knows.

    DENY_UNKNOWN masks it: for classification, where a word less does no harm. RECOGNISED_ONLY
    keeps it: a tenant may choose it for drafts.
    """

    DENY_UNKNOWN = "deny_unknown"
    RECOGNISED_ONLY = "recognised_only"


class Masked(NamedTuple):
    """Masked text and the mapping that its conversation shares."""

    text: MaskedText
    mapping: PlaceholderMapping


class Masker:
    """Masks the texts of one conversation; every text shares its placeholders.

    `known_names` are the names that the firm holds, the contact's own first: that one is always
    `[PERSON_1]`. `known_values` are other values it holds.
    """

    def __init__(
        self,
        *,
        known_names: Sequence[str] = (),
        known_values: Sequence[KnownEntity] = (),
        mode: MaskingMode = MaskingMode.DENY_UNKNOWN,
        vocabulary: Vocabulary | None = None,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
        monotonic: Callable[[], float] = time.thread_time,
    ) -> None:
        # Time of the processor: the limit is for a text that is too costly, not for a busy machine.
        self.mapping = PlaceholderMapping()
        self._mode = mode
        self._vocabulary = vocabulary if vocabulary is not None else shared_vocabulary()
        self._time_limit_seconds = time_limit_seconds
        self._monotonic = monotonic
        named = [KnownEntity(Kind.PERSON, name) for name in known_names if name.strip()]
        self._entities = [*named, *known_values]
        self._placeholders = [
            self.mapping.placeholder_for(entity.kind, entity.value) for entity in self._entities
        ]
        self._known = KnownEntityFinder(self._entities, self._vocabulary)

    def mask(self, text: str) -> Masked:
        """Masked text.

        Raises MaskingFailed, and nothing else, when it cannot vouch for the result.
        """
        try:
            masked = Masked(MaskedText.issued_by_masker(self._masked(text)), self.mapping)
            self._remember_people()
        except MaskingFailed:
            raise
        except Exception:  # noqa: BLE001 - whatever broke, the answer is the same: do not ask
            message = "The text could not be masked; the assistant is not asked."
            raise MaskingFailed("masking_error", message) from None
        return masked

    def _remember_people(self) -> None:
        """A name that was found once is known for the rest of the conversation."""
        people = [
            (placeholder, value)
            for placeholder, value in self.mapping.values()
            if placeholder.startswith(f"[{Kind.PERSON}_") and placeholder not in self._placeholders
        ]
        for placeholder, value in people:
            self._entities.append(KnownEntity(Kind.PERSON, value))
            self._placeholders.append(placeholder)
        if people:
            self._known = KnownEntityFinder(self._entities, self._vocabulary)

    def _masked(self, text: str) -> str:
        if len(text) > CHARACTERS_MAX:
            raise MaskingFailed("text_too_long", f"More than {CHARACTERS_MAX} characters.")
        deadline = self._monotonic() + self._time_limit_seconds
        normal = normalise(text)
        known = list(self._known.find(normal))
        layers: list[list[Span]] = [[span for _, span in known]]
        for layer in self._layers(normal):
            layers.append(layer)
            self._check_time(deadline)
        if self._mode is MaskingMode.DENY_UNKNOWN:
            layers.append(self._unknown_words(normal, settle(normal, layers)))
        masked = self._replaced(normal, settle(normal, layers), known)
        for _ in range(_LOOKS_MAX):
            known, residue = self._residue(masked)
            self._check_time(deadline)
            if not residue:
                return masked
            masked = self._replaced(masked, residue, known)
        message = "Personal data was left after masking; the assistant is not asked."
        raise MaskingFailed("residue", message)

    def _layers(self, text: str) -> Iterator[list[Span]]:
        yield [Span(*match.span(), Kind.WORD) for match in LOOK_ALIKE.finditer(text)]
        documents = find_documents(text)
        yield from documents[:_SURE_DOCUMENTS]
        yield find_identifiers(text)
        yield from documents[_SURE_DOCUMENTS:]
        yield find_organisations(text, self._vocabulary)
        yield find_addresses(text, self._vocabulary)
        yield PeopleFinder(text, self._vocabulary).find()

    def _unknown_words(self, text: str, settled: list[Span]) -> list[Span]:
        """Words that no list knows, neighbours as one; with a capital, a name."""
        covered = bytearray(len(text))
        for span in settled:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        unknown: list[Span] = []
        for match in _MIXED_TOKEN.finditer(text):
            if not _KNOWN_MIXED.fullmatch(match[0]) and not any(covered[slice(*match.span())]):
                unknown.append(Span(*match.span(), Kind.WORD))
                covered[slice(*match.span())] = b"\1" * len(match[0])
        for token in tokens_of(text):
            if not any(covered[token.start : token.end]) and not self._vocabulary.is_known(
                token.word
            ):
                is_name = token.is_capital and not token.text.isupper()
                kind = Kind.PERSON if is_name else Kind.WORD
                unknown.append(Span(token.start, token.end, kind))
        return _merged(text, unknown)

    def _replaced(self, text: str, spans: Sequence[Span], known: Sequence[tuple[int, Span]]) -> str:
        pieces: list[str] = []
        position = 0
        for span in spans:
            entity = next(
                (i for i, k in known if k.start <= span.start and span.end <= k.end), None
            )
            value = text[span.start : span.end]
            placeholder = (
                self.mapping.placeholder_for(span.kind, value)
                if entity is None
                else self._placeholders[entity]
            )
            pieces += (text[position : span.start], placeholder)
            position = span.end
        pieces.append(text[position:])
        return "".join(pieces)

    def _residue(self, masked: str) -> tuple[list[tuple[int, Span]], list[Span]]:
        """The last look: identifiers and known names that stand in the masked text.

        What is left between two placeholders can read as something new, so it is looked at again.
        """
        bare = PLACEHOLDER.sub(lambda match: ";".center(len(match[0])), masked)
        known = list(self._known.find(bare))
        layers = [[span for _, span in known], *find_documents(bare), find_identifiers(bare)]
        return known, settle(bare, layers)

    def _check_time(self, deadline: float) -> None:
        if self._monotonic() > deadline:
            message = f"Masking took longer than {self._time_limit_seconds} s."
            raise MaskingFailed("time_out", message)


def _merged(text: str, spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and text[merged[-1].end : span.start] == " " and merged[-1].kind is span.kind:
            merged[-1] = Span(merged[-1].start, span.end, span.kind)
        else:
            merged.append(span)
    return merged
