"""A draft acknowledges, asks the next question and hands over; it says nothing else."""

import pytest

from domain.ports.assistant import (
    FirmStyle,
    IntakeState,
    IntakeTopic,
    MessageLanguage,
)
from infrastructure.assistant.guard import check_draft
from infrastructure.assistant.local.adapter import LocalAssistant
from infrastructure.assistant.masking import Masker, unmask
from tests.assistant.builders import FIRM, an_assessment, draft_request


def test_a_draft_greets_asks_and_hands_over(local: LocalAssistant) -> None:
    masker = Masker(known_names=["Ratna Dewanti"])
    suggestion = local.suggest_draft(draft_request("saya mau cerai", masker))
    text = unmask(suggestion.masked_text, masker.mapping, allowed=[FIRM.display_name])
    assert text.startswith(
        "Halo Ratna Dewanti, terima kasih telah menghubungi Kantor Hukum Pelita."
    )
    assert "apakah Anda setuju" in text
    assert text.endswith("Seorang anggota tim kami akan melihat pesan ini.")
    assert suggestion.asks is IntakeTopic.CONSENT
    assert suggestion.model == local.model_name
    assert suggestion.reasons


@pytest.mark.parametrize("language", list(MessageLanguage))
def test_every_question_passes_the_guard(local: LocalAssistant, language: MessageLanguage) -> None:
    answered: set[IntakeTopic] = set()
    asked = []
    while True:
        suggestion = local.suggest_draft(
            draft_request(
                "soal tanah",
                assessment=an_assessment(language=language),
                intake=IntakeState(answered=frozenset(answered)),
            )
        )
        assert check_draft(suggestion.masked_text)
        asked.append(suggestion.asks)
        if suggestion.asks is IntakeTopic.NONE_HANDOVER:
            break
        assert suggestion.masked_text.count("?") <= 1
        answered.add(suggestion.asks)
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("language", "firm_language", "greeting"),
    [
        (MessageLanguage.ENGLISH, "id", "Hello"),
        (MessageLanguage.INDONESIAN, "en", "Halo"),
        (MessageLanguage.JAVANESE, "en", "Halo"),
        (MessageLanguage.SUNDANESE, "en", "Halo"),
        (MessageLanguage.MIXED, "en", "Hello"),
        (MessageLanguage.MIXED, "id", "Halo"),
    ],
)
def test_the_language_follows_the_contact(
    local: LocalAssistant, language: MessageLanguage, firm_language: str, greeting: str
) -> None:
    firm = FirmStyle(display_name="Pelita", language=firm_language)  # type: ignore[arg-type]
    suggestion = local.suggest_draft(
        draft_request("soal tanah", assessment=an_assessment(language=language), firm=firm)
    )
    assert suggestion.masked_text.startswith(greeting)


def test_without_a_known_name_nobody_is_named(local: LocalAssistant) -> None:
    suggestion = local.suggest_draft(draft_request("soal tanah", sender=None))
    assert suggestion.masked_text.startswith("Halo, terima kasih")


def test_an_open_question_is_not_repeated(local: LocalAssistant) -> None:
    waiting = IntakeState(open_question=IntakeTopic.FULL_NAME)
    suggestion = local.suggest_draft(draft_request("sebentar", intake=waiting))
    assert "?" not in suggestion.masked_text
