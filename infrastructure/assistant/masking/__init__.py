"""Masking: reversible placeholders for personal data, before anything reaches an assistant."""

from infrastructure.assistant.masking.known_entities import KnownEntity
from infrastructure.assistant.masking.masker import Masked, Masker, MaskingMode
from infrastructure.assistant.masking.placeholders import PlaceholderMapping, unmask
from infrastructure.assistant.masking.spans import Kind

__all__ = [
    "Kind",
    "KnownEntity",
    "Masked",
    "Masker",
    "MaskingMode",
    "PlaceholderMapping",
    "unmask",
]
