"""One contract for every assistant: the local one, and one that asks a model over HTTP."""

import json
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest

from domain.ports.assistant import (
    AssessmentRequest,
    Assistant,
    DraftRequest,
    DraftWithheld,
    FirmStyle,
    IntakeState,
    IntakeTopic,
    MaskedText,
    minutes_band,
    validate_assessment,
)
from infrastructure.assistant.factory import build_assistant
from infrastructure.assistant.guard import forbidden_in
from infrastructure.assistant.masking import Masker, unmask
from tests.assistant.endpoint import Answer, completion, running_endpoint
from tests.assistant.requests import (
    FIRM,
    LABELS,
    RECEIVED_AT,
    REPLY,
    SAFETY_TEXT,
    assessment,
    to_assess,
    to_draft,
)

MESSAGES: Final = (
    "Suami saya minta cerai",
    "How much do you charge?",
    "Rumah kami akan digusur besok pagi",
    "PROMO pinjaman cepat cair",
    "",
    "?!",
    "x" * 4000,
)
DANGER: Final = "Saya ingin bunuh diri, tidak kuat lagi"


def answer_in_schema(question: dict[str, Any]) -> Answer:
    name = question["response_format"]["json_schema"]["name"]
    return completion(json.dumps(LABELS if name == "assessment" else REPLY))


@pytest.fixture(params=["local", "openai"])
def assistant(request: pytest.FixtureRequest) -> Iterator[Assistant]:
    with running_endpoint() as endpoint:
        endpoint.answer = answer_in_schema
        yield build_assistant(
            adapter=request.param, base_url=endpoint.base_url, api_key="key", model="stand-in"
        )


@pytest.mark.parametrize("text", MESSAGES)
def test_labels_are_within_their_enums_and_bands(assistant: Assistant, text: str) -> None:
    labels = assistant.assess(to_assess(text))
    fields = {name: getattr(labels, name) for name in labels.__struct_fields__}
    assert validate_assessment(fields) == labels
    band = minutes_band(labels.intent, labels.complexity)
    assert band is not None
    assert band[0] <= labels.estimated_minutes <= band[1]


@pytest.mark.parametrize("text", MESSAGES)
def test_equal_input_gives_equal_output(assistant: Assistant, text: str) -> None:
    assert assistant.assess(to_assess(text)) == assistant.assess(to_assess(text))
    assert assistant.model_name


def test_a_draft_keeps_the_placeholder_of_the_contact(assistant: Assistant) -> None:
    masker = Masker(known_names=["Raka Wibisono"])
    sender = masker.mask("Raka Wibisono").text
    draft = assistant.suggest_draft(to_draft("Suami saya minta cerai", sender=sender))
    assert "[PERSON_1]" in draft.masked_text
    assert "Raka Wibisono" in unmask(draft.masked_text, masker.mapping, required=["[PERSON_1]"])
    assert draft.asks is IntakeTopic.CONSENT
    assert 0 <= draft.confidence <= 1


@pytest.mark.parametrize(
    "text", ["Berapa biayanya?", "Apakah saya pasti menang?", "Apakah saya harus bayar?"]
)
def test_a_draft_never_says_what_only_a_person_may_say(assistant: Assistant, text: str) -> None:
    draft = assistant.suggest_draft(to_draft(text))
    assert forbidden_in(draft.masked_text) is None
    assert forbidden_in("Anda berhak atas rumah itu") is not None


def test_in_danger_the_approved_text_comes_or_nothing(assistant: Assistant) -> None:
    assert assistant.suggest_draft(to_draft(DANGER)).masked_text == SAFETY_TEXT
    with pytest.raises(DraftWithheld):
        assistant.suggest_draft(to_draft(DANGER, firm=FirmStyle(display_name="Contoh")))


def test_who_opted_out_gets_no_draft(assistant: Assistant) -> None:
    with pytest.raises(DraftWithheld):
        assistant.suggest_draft(to_draft("Halo", intake=IntakeState(is_stopped=True)))


def test_requests_refuse_plain_text() -> None:
    plain = cast("MaskedText", "NIK saya 3173052508890003")
    with pytest.raises(TypeError, match="plain text is refused"):
        AssessmentRequest(text=plain, received_at=RECEIVED_AT)
    with pytest.raises(TypeError, match="plain text is refused"):
        DraftRequest(
            text=plain,
            received_at=RECEIVED_AT,
            assessment=assessment(),
            firm=FIRM,
            intake=IntakeState(),
        )
