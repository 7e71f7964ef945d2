"""Drafts of the local adapter: acknowledge, ask the next question, say that a person will look.

Taxonomy sections 6 and 7. Nothing is said about the matter itself. Where a person may be in
danger, only the safety text that the firm approved is suggested.
"""

import re
from typing import Final, Literal

from domain.ports.assistant import (
    DraftRequest,
    DraftSuggestion,
    DraftWithheld,
    FirmStyle,
    IntakeTopic,
    MessageLanguage,
    next_intake_topic,
)
from infrastructure.assistant.guard import check_draft

ReplyLanguage = Literal["id", "en"]

_PERSON: Final = re.compile(r"\[PERSON_\d+\]")

_GREETING: Final = {
    "id": "Halo{name}, terima kasih telah menghubungi {firm}. Pesan Anda sudah kami terima.",
    "en": "Hello{name}, thank you for contacting {firm}. We have received your message.",
}
_HANDOVER: Final = {
    "id": "Seorang anggota tim kami akan melihat pesan ini.",
    "en": "A person on our team will look at this message.",
}
_QUESTIONS: Final[dict[str, dict[IntakeTopic, str]]] = {
    "id": {
        IntakeTopic.CONSENT: (
            "Sebelum kita lanjutkan: apakah Anda setuju data yang Anda sampaikan di sini "
            "kami catat dan "
            "olah untuk penelaahan awal?"
        ),
        IntakeTopic.DEADLINE_OR_DATE: (
            "Apakah ada tanggal penting, jadwal, atau batas waktu yang sedang berjalan dalam "
            "hal ini?"
        ),
        IntakeTopic.FULL_NAME: "Boleh kami tahu nama lengkap Anda?",
        IntakeTopic.OPPOSING_PARTY: "Siapa saja pihak lain yang terlibat, orang atau perusahaan?",
        IntakeTopic.LOCATION_OR_COURT: (
            "Di kota mana hal ini terjadi, dan adakah kantor polisi, pengadilan, atau "
            "instansi yang "
            "sedang memprosesnya?"
        ),
        IntakeTopic.KEY_FACTS: "Mohon ceritakan secara singkat: apa yang terjadi, dan kapan?",
        IntakeTopic.DOCUMENTS: "Surat atau bukti apa saja yang ada pada Anda mengenai hal ini?",
        IntakeTopic.DESIRED_OUTCOME: "Hasil seperti apa yang Anda harapkan?",
        IntakeTopic.CONTACT_TIME: "Pada jam berapa Anda biasanya dapat dihubungi?",
    },
    "en": {
        IntakeTopic.CONSENT: (
            "Before we go on: do you agree that we record and process what you write here "
            "for a first "
            "review?"
        ),
        IntakeTopic.DEADLINE_OR_DATE: (
            "Is there an important date, an appointment with an authority, or a deadline running?"
        ),
        IntakeTopic.FULL_NAME: "May we have your full name?",
        IntakeTopic.OPPOSING_PARTY: "Who else is involved, people or companies?",
        IntakeTopic.LOCATION_OR_COURT: (
            "In which city did this happen, and is a police station, court or other "
            "authority already "
            "involved?"
        ),
        IntakeTopic.KEY_FACTS: "Please tell us briefly what happened, and when.",
        IntakeTopic.DOCUMENTS: "Which letters or other documents do you have about this?",
        IntakeTopic.DESIRED_OUTCOME: "What outcome are you hoping for?",
        IntakeTopic.CONTACT_TIME: "At what time of day can you usually be reached?",
    },
}


def reply_language(message: MessageLanguage, firm: FirmStyle) -> ReplyLanguage:
    """English for English; the firm's language for a mixture; else Indonesian."""
    if message is MessageLanguage.ENGLISH:
        return "en"
    return firm.language if message is MessageLanguage.MIXED else "id"


def withhold_if_needed(topic: IntakeTopic, request: DraftRequest) -> None:
    """Raises DraftWithheld where taxonomy section 7 allows no draft."""
    if topic is IntakeTopic.NONE_STOP:
        raise DraftWithheld("none_stop", "The contact opted out or the message is spam: no reply.")
    if request.intake.consent_refused:
        message = "The contact refused consent: no draft is made; a person takes over."
        raise DraftWithheld("consent_refused", message)


def safety_draft(request: DraftRequest, model: str) -> DraftSuggestion:
    """The firm's own safety text, word for word. Raises DraftWithheld if the firm has none."""
    text = request.firm.approved_safety_text.strip()
    if not text:
        message = "A person may be in danger and the firm has approved no safety text."
        raise DraftWithheld("no_approved_safety_text", message)
    return DraftSuggestion(
        masked_text=text,
        confidence=request.assessment.confidence,
        reasons=("A person may be in danger", "Only the approved safety text may be suggested"),
        model=model,
        asks=IntakeTopic.SAFETY_NOW,
    )


def local_draft(request: DraftRequest, topic: IntakeTopic, model: str) -> DraftSuggestion:
    """A draft from the templates above."""
    language = reply_language(request.assessment.language, request.firm)
    known = _PERSON.search(request.sender.text) if request.sender is not None else None
    name = f" {known[0]}" if known is not None else ""
    parts = [_GREETING[language].format(name=name, firm=request.firm.display_name)]
    question = _QUESTIONS[language].get(topic)
    parts += [question] if question else []
    parts.append(_HANDOVER[language])
    return DraftSuggestion(
        masked_text=check_draft(" ".join(parts)),
        confidence=request.assessment.confidence,
        reasons=(
            f"Next intake topic: {topic.replace('_', ' ')}",
            f"Urgency: {request.assessment.urgency}",
            f"Reply language: {language}",
        ),
        model=model,
        asks=topic,
    )


def topic_of(request: DraftRequest, *, is_person_in_danger: bool) -> IntakeTopic:
    """The next topic of the request."""
    return next_intake_topic(
        request.intake,
        urgency=request.assessment.urgency,
        is_person_in_danger=is_person_in_danger,
    )
