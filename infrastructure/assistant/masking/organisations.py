"""Names of private companies, shops and clinics: an opponent is often one."""

import re
from typing import Final

from infrastructure.assistant.masking.context_words import CONTEXT_WORDS
from infrastructure.assistant.masking.spans import Kind, Span
from infrastructure.assistant.masking.vocabulary import Vocabulary

_FORM: Final = re.compile(
    r"(?<![^\W_])(?P<form>PT|CV|UD|PD|Firma|Fa|Koperasi|KSP|KSU|Yayasan|Toko|Klinik|RS|RSU|RSIA|RSUD|Hotel|Salon|"
    r"Bengkel|Rumah Makan|RM|Resto|Restoran|Cafe|Kafe|Apotek|Universitas|SMA|SMK|SD|SMP|"
    r"Developer|Vendor|"
    r"Leasing|Travel)\.?[ ](?P<name>[A-Z][\w&'.\-]*(?:[ ](?:[A-Z][\w&'.\-]*|&|dan(?=[ "
    r"][A-Z]))){0,4})"
)
_LOWER_FORM: Final = re.compile(
    r"(?<![^\W_])(?:pt|cv|ud)\.?[ ](?P<name>[a-z][\w]*(?:[ ][a-z][\w]*){0,3})"
)
_GENERIC: Final = CONTEXT_WORDS["generic"]
_SHOUTING_LETTERS: Final = 12


def find_organisations(text: str, vocabulary: Vocabulary) -> list[Span]:
    """Names after a legal form or kind of business. In a text of capitals, only unknown words."""
    is_shouted = len(text) > _SHOUTING_LETTERS and text.upper() == text
    found = [
        Span(*match.span("name"), Kind.ORGANISATION)
        for match in _FORM.finditer(text)
        if not is_shouted and match["name"].partition(" ")[0].lower() not in _GENERIC
    ]
    for match in _LOWER_FORM.finditer(text):
        end = match.start("name")
        for word in re.finditer(r"\w+", match["name"]):
            may_name = not vocabulary.is_known(word[0]) or vocabulary.may_be_name(word[0])
            if not may_name or word[0] in _GENERIC:
                break
            end = match.start("name") + word.end()
        if end > match.start("name"):
            found.append(Span(match.start("name"), end, Kind.ORGANISATION))
    return found
