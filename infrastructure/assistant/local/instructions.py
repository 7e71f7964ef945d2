"""Text that addresses the system: orders, role tags, ready-made labels. Never commands.

Taxonomy section 1.4: take them out, label what remains; if nothing remains, it is `spam_other`.
"""

import re
from typing import Final

_ORDER: Final = (
    r"(?:ignore|disregard|forget|override|bypass|abaikan|lupakan|hiraukan|jangan ikuti|"
    r"langgar|lewati)\b[^.!?\n]{0,40}?"
    r"\b(?:instruct\w*|rules?|prompts?|guidelines?|instruksi\w*|aturan\w*|perintah\w*|arahan\w*|petunjuk\w*|sistem|system)"
    r"|(?:you are|you're|kamu|anda|engkau)\s(?:now|sekarang)\s(?:a|an|the|adalah|menjadi|jadi|"
    r"dan)\b"
    r"|\b(?:from now on|mulai sekarang)\b[^.!?\n]{0,20}\b(?:you|kamu|anda)\b"
    r"|\b(?:act as|pretend (?:to be|you)|bertindak(?:lah)? sebagai|berperan(?:lah)? sebagai|"
    r"pura-pura jadi)\b"
    r"|\b(?:print|reveal|show|repeat|output|tampilkan|ulangi|bocorkan|tunjukkan|cetak)\b[^.!?\n]{0,30}"
    r"\b(?:prompt|instruct\w*|instruksi\w*|system|sistem|hidden)\b"
    r"|\b(?:system|hidden) prompt\b|\b(?:developer|god|dan) mode\b|\bjailbreak\b"
    r"|\b(?:set|mark|label|classify|tandai|klasifikasi\w*|labeli|beri label|"
    r"kategorikan)\b[^.!?\n]{0,40}"
    r"\b(?:emergency|darurat|urgent|urgency|intent|low|spam|complex|confidence)\b"
    r"|\b(?:jawab|balas|answer|reply|respond|tulis)\b[^.!?\n]{0,30}\b(?:json|intent|urgency)\b"
)
_LABELS: Final = (
    r"[\"']?\b(?:intent|urgency|complexity|estimated_minutes|confidence|rationale)\b[\"']?\s?(?:[=:]|is)?\s?[\"']?"
    r"(?:[a-z]+_[a-z]+|family|criminal|inheritance|employment|corporate|immigration|consumer|emergency|high|normal|low|"
    r"simple|moderate|complex|\d[\d.]*)[\"']?[,;]?"
)
_ROLE_TAG: Final = (
    r"<\|?/?\s?(?:system|assistant|user|im_start|im_end|inst)[^>\n]{0,20}>|\[/?(?:INST|SYSTEM|SYS)\]|<<?/?SYS>>?"
    r"|^\s?#{2,}\s?(?:system|instruction|assistant)s?\b[^\n]{0,20}|^\s?(?:system|assistant)\s?:"
)
_BLOB: Final = r"\{[^{}]{0,400}\b(?:intent|urgency|complexity|role|content)\b[^{}]{0,400}\}"

_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*|[.!?]+|\n")
_IS_ORDER: Final = re.compile(_ORDER, re.IGNORECASE)
_INLINE: Final = re.compile(f"{_BLOB}|{_ROLE_TAG}", re.IGNORECASE | re.MULTILINE)
_IS_LABEL: Final = re.compile(_LABELS, re.IGNORECASE)
_LEFT_OVER: Final = re.compile(r"[^\W\d_]{2,}")


def without_instructions(text: str) -> tuple[str, bool]:
    """The text without what addresses the system, and whether anything was taken out."""
    kept: list[str] = []
    stripped = _INLINE.sub(" ", text)
    for sentence in _SENTENCE.findall(stripped):
        if _IS_ORDER.search(sentence):
            kept.append(_after_order(sentence))
        else:
            kept.append(_IS_LABEL.sub(" ", sentence))
    remaining = "".join(kept)
    has_labels = len(_IS_LABEL.findall(stripped)) > 1
    if has_labels and len(_LEFT_OVER.findall(remaining)) <= _FILLER_WORDS_MAX:
        remaining = ""
    return remaining, remaining != text


_FILLER_WORDS_MAX: Final = 4
_NEW_THOUGHT: Final = re.compile(
    r"[,;]\s?(?=(?:saya|aku|suami|istri|tolong|mau|ingin|anak|bapak|ibu|i |my |we |kami)\b)",
    re.IGNORECASE,
)


def _after_order(sentence: str) -> str:
    """What a sentence goes on to say about the sender after its order, if anything."""
    order = _IS_ORDER.search(sentence)
    parts = _NEW_THOUGHT.split(sentence[order.end() :] if order else sentence, maxsplit=1)
    return f" {parts[1]}" if len(parts) > 1 else " "


def holds_words(text: str) -> bool:
    """Whether anything is left to label."""
    return bool(_LEFT_OVER.search(text))
