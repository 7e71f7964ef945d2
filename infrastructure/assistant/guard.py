"""The last look at what an assistant wrote: nothing of taxonomy section 6, and no personal data.

Both adapters pass their answers through here, so a promise or a price never reaches the draft queue,
whatever model wrote it.
"""

import re
from typing import Final

from domain.ports.assistant import AssessmentRejected, AssistantAnswerRejected
from infrastructure.assistant.masking.documents import find_documents
from infrastructure.assistant.masking.identifiers import find_identifiers
from infrastructure.assistant.masking.normalisation import normalise
from infrastructure.assistant.masking.placeholders import PLACEHOLDER

DRAFT_CHARACTERS_MAX: Final = 1_500
"""Longest draft: a reply on a phone screen, with room for the firm's safety text."""

_FORBIDDEN: Final[tuple[tuple[str, str], ...]] = (
    (
        "price_or_payment",
        r"\brp\.?\s?\d|\bidr\s?\d|[$€£]\s?\d|\d\s?(?:rupiah|juta|jt|ribu|dollars?|usd)\b|\b(?:diskon|discount|potongan harga|gratis|"
        r"free of charge|cuma-cuma|no charge)\b|\b(?:silakan|mohon|please|harap)\s(?:\w+\s){0,2}(?:transfer|bayar|pay|membayar|lunasi)\b|"
        r"\b(?:biaya|tarif|fee|our fees?)\w*\s(?:\w+\s){0,3}(?:adalah|sebesar|mulai|is|are|starts?)\b",
    ),
    (
        "advice_or_chances",
        r"\b(?:kami|saya) (?:menyarankan|sarankan|anjurkan)\b|\bsebaiknya (?:anda|bapak|ibu|kamu|segera)\b|\b(?:anda|bapak|ibu) "
        r"(?:berhak|wajib|harus|bisa menuntut|bisa menggugat|dapat menuntut|dapat menggugat)\b|\b(?:pasti|akan) (?:menang|berhasil|dikabulkan|"
        r"bebas)\b|\bpeluang\b|\bkemungkinan (?:menang|besar)\b|\bpasal \d|\bundang-undang\b|\buu no|\barticle \d|\b(?:you should|you must|"
        r"you have to|you need to|we (?:recommend|advise|suggest)|my advice|our advice)\b|\b(?:will|can) win\b|\bchances?\b|\bstrong case\b|"
        r"\b(?:you are|you're) entitled\b|\byou have (?:a|the) right\b|\b(?:is|are|it's) (?:illegal|legal|unlawful)\b|"
        r"\bmerupakan (?:tindak pidana|pelanggaran|wanprestasi|perbuatan melawan hukum)\b|\bmelanggar hukum\b",
    ),
    (
        "matter_accepted_or_declined",
        r"\b(?:kami|saya) (?:terima|menerima|menolak|ambil|tangani|akan menangani|siap menangani|bersedia menangani) (?:perkara|kasus|kuasa)\b|"
        r"\b(?:kami|saya) (?:akan|siap|bersedia) (?:mewakili|mendampingi|membela|menangani|mengurus)\b|\bklien kami\b|\b(?:anda|bapak|ibu) "
        r"(?:adalah|sudah menjadi|kini) klien\b|\b(?:accept|take|decline|handle) your (?:case|matter)\b|\b(?:we|i) (?:will|can|shall) "
        r"(?:represent|defend|take|handle)\b|\bour client\b|\byou are (?:now )?(?:a|our) client\b|\bbenturan kepentingan\b|"
        r"\bconflict (?:check|of interest)\b",
    ),
    (
        "time_limit_calculated",
        r"\b(?:anda|bapak|ibu) (?:punya|memiliki|masih punya) (?:waktu )?\d+ (?:hari|minggu|bulan)\b|\byou (?:have|still have) \d+ "
        r"(?:more )?(?:days|weeks|months)\b|\b(?:batas waktu(?:nya)?|tenggat(?:nya)?|deadline) (?:anda )?(?:adalah|jatuh pada|is on|is)\b",
    ),
    (
        "appointment_or_attendance",
        r"\b(?:pengacara|advokat|lawyer|attorney|tim kami|kami) (?:kami )?(?:akan|segera|will) (?:datang|hadir|menemui|come|attend|be there|"
        r"visit|menelepon|telepon|call you)\b|\b(?:janji temu|jadwal|appointment|meeting) (?:\w+ ){0,4}(?:sudah|telah|is|has been) "
        r"(?:dikonfirmasi|terjadwal|confirmed|scheduled|booked)\b|\bsampai (?:jumpa|bertemu) (?:besok|hari|pada)\b|\bsee you (?:on|tomorrow|at)\b",
    ),
    (
        "instruction_to_contact",
        r"\b(?:jangan|segera|harap|silakan|tolong|mohon) (?:\w+ )?(?:tanda ?tangani|menandatangani|bayar|membayar|kabur|pergi dari|hapus|"
        r"menghapus|unggah|sebarkan|publikasikan|blokir|lapor|melapor|laporkan|tolak|abaikan)\b|"
        r"\b(?:do not|don't|please|never) (?:sign|pay|leave|flee|delete|publish|post|transfer|block|report)\b",
    ),
    (
        "promise",
        r"\b(?:kami|saya) (?:jamin|menjamin|pastikan|memastikan|janji|berjanji)\b|\bdijamin\b|\b(?:we|i) (?:guarantee|promise|ensure)\b|"
        r"\bguaranteed\b|\b(?:dirahasiakan|kerahasiaan|rahasia|confidential\w*|secret)\b|\b(?:dalam|within) \d+\s?(?:menit|jam|hari|minutes?|"
        r"hours?|days?)\b|\b(?:secepatnya|segera kami|as soon as possible|immediately|right away|shortly)\b|\bhari ini juga\b|\b24/7\b",
    ),
    (
        "claimed_approval",
        r"\b(?:sudah|telah) (?:disetujui|dikirim|kami kirim|terkirim)\b|\bhas been (?:approved|sent)\b",
    ),
    (
        "machine_voice",
        r"\b(?:sebagai|as an?) (?:ai|model bahasa|language model|asisten virtual|virtual assistant)\b|\bsystem prompt\b",
    ),
)  # fmt: skip
_PATTERNS: Final = tuple((reason, re.compile(text, re.IGNORECASE)) for reason, text in _FORBIDDEN)


def forbidden_in(text: str) -> str | None:
    """Why the text may not be suggested (a stable word), or None."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(text)), None)


def check_draft(masked_text: str) -> str:
    """The draft as it is. Raises AssistantAnswerRejected where it says what section 6 forbids."""
    if not masked_text.strip():
        raise AssistantAnswerRejected("draft_empty", "The assistant wrote an empty draft.")
    if len(masked_text) > DRAFT_CHARACTERS_MAX:
        message = f"The draft has more than {DRAFT_CHARACTERS_MAX} characters."
        raise AssistantAnswerRejected("draft_too_long", message)
    reason = forbidden_in(normalise(masked_text))
    if reason is not None:
        message = "The draft says something that only a person of the firm may say."
        raise AssistantAnswerRejected(f"draft_holds_{reason}", message)
    if _holds_identifier(masked_text):
        message = "The draft holds a number, address or link in clear."
        raise AssistantAnswerRejected("personal_data_in_answer", message)
    return masked_text


def check_rationale(rationale: str) -> str:
    """The rationale with placeholders read out as plain nouns.

    Raises AssessmentRejected where it holds an identifier or advice.
    """
    if _holds_identifier(rationale):
        raise AssessmentRejected("rationale_holds_identifier", "The rationale names an identifier.")
    return PLACEHOLDER.sub(_as_noun, rationale)


def _as_noun(match: re.Match[str]) -> str:
    kind = match[0].strip("[]").rsplit("_", 1)[0]
    return kind.lower().replace("_", " ")


def _holds_identifier(text: str) -> bool:
    bare = normalise(PLACEHOLDER.sub(" ; ", text))
    return bool(find_identifiers(bare)) or any(find_documents(bare))
