"""Words with which a contact steers what it is sent; only a whole message counts."""

from typing import Final

from domain.intake_answer import Said, normalised


def _phrases(*phrases: str) -> frozenset[str]:
    return frozenset(phrase.replace(" ", "") for phrase in phrases)


OPT_OUT_PHRASES: Final = _phrases(
    "berhenti",
    "berhenti berlangganan",
    "berhenti langganan",
    "batal langganan",
    "batal berlangganan",
    "batalkan langganan",
    "stop",
    "stop all",
    "stop messages",
    "berhenti kirim pesan",
    "hentikan pesan",
    "tolong berhenti",
    "tolong jangan kirim pesan lagi",
    "please stop",
    "unsubscribe me",
    "do not message me",
    "do not contact me",
    "dont contact me",
    "stop pesan",
    "stop kirim pesan",
    "jangan kirim pesan lagi",
    "jangan hubungi saya lagi",
    "unsubscribe",
    "opt out",
)
"""Nothing more is to be sent."""

OPT_IN_PHRASES: Final = _phrases(
    "mulai", "mulai lagi", "start", "unstop", "resume", "opt in", "langganan lagi"
)
"""Messages are welcome again; means nothing unless the contact has opted out."""

WITHDRAWAL_PHRASES: Final = _phrases(
    "cabut persetujuan",
    "cabut persetujuan saya",
    "saya cabut persetujuan",
    "saya mencabut persetujuan",
    "tarik persetujuan",
    "batalkan persetujuan",
    "cabut izin",
    "cabut persetujuan data",
    "withdraw consent",
    "withdraw my consent",
    "i withdraw my consent",
    "revoke consent",
    "revoke my consent",
)
"""The consent is taken back; means nothing unless there is one."""


def is_phrase(said: Said, phrases: frozenset[str]) -> bool:
    """Whether the whole message is one of `phrases`, whatever its case, spaces and punctuation."""
    return said.is_readable and normalised(said.words).replace(" ", "") in phrases
