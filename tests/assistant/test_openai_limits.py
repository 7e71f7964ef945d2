"""The adapter for OpenAI-compatible endpoints keeps its secrets, its limits and its settings."""

import json
import logging
import re
import traceback

import pytest

from domain.ports.assistant import AssessmentRejected, AssistantAnswerRejected, AssistantUnavailable
from infrastructure.assistant.openai_adapter import ANSWER_BYTES_MAX, OpenAiAssistant
from tests.assistant.builders import assessment_request, draft_request
from tests.assistant.endpoint import Answer, Endpoint
from tests.assistant.requests import LABELS, REPLY

KEY = "planted-key-5b20"
TEXT = "saya mau cerai, suami tidak menafkahi"
PERSONAL = [
    "Rendra Wicaksono",
    "081234567890",
    "3171011705900001",
    "rendra.w@contoh.co.id",
    "B 1234 XYZ",
    "Jl. Kaliurang KM 5 No. 3",
    "123/Pdt.G/2026/PN Jkt.Sel",
    "4111 1111 1111 1111",
    "09.254.294.3-407.000",
    "X1234567",
    "@rendra.aditama",
    "17 Agustus 1990",
]
STORY = (
    "Saya Rendra Wicaksono, lahir 17 Agustus 1990, hp 081234567890, nik 3171011705900001, npwp "
    "09.254.294.3-407.000, email rendra.w@contoh.co.id, ig @rendra.aditama, mobil B 1234 XYZ, "
    "tinggal di Jl. Kaliurang KM 5 No. 3, perkara 123/Pdt.G/2026/PN Jkt.Sel, kartu kredit "
    "4111 1111 1111 1111, paspor X1234567. Mohon bantuan soal tanah."
)


def asking(endpoint: Endpoint) -> OpenAiAssistant:
    return OpenAiAssistant(base_url=endpoint.base_url, api_key=KEY, model="wise-1")


def test_it_asks_for_the_schema(endpoint: Endpoint) -> None:
    endpoint.answers(LABELS)
    asking(endpoint).assess(assessment_request(TEXT))
    question = json.loads(endpoint.received[0])
    assert (question["model"], question["temperature"]) == ("wise-1", 0)
    assert question["response_format"]["json_schema"]["strict"] is True
    assert "Friday 2026-11-20" in question["messages"][1]["content"]


def test_nothing_personal_leaves_with_the_message_or_its_conversation(endpoint: Endpoint) -> None:
    endpoint.answers(LABELS)
    turns = (("inbound", STORY), ("outbound", STORY))
    asking(endpoint).assess(assessment_request(STORY, context=turns))
    endpoint.answers(REPLY)
    asking(endpoint).suggest_draft(draft_request(STORY))
    sent = b"".join(endpoint.received).decode().lower()
    digits = re.sub(r"\D", "", sent)
    assert sent.count("tanah") >= 4
    for value in PERSONAL:
        assert value.lower() not in sent
        number = re.sub(r"\D", "", value)
        assert len(number) < 7 or number not in digits
    for part in ("rendra", "wicaksono", "kaliurang", "ratna", "dewanti"):
        assert part not in sent


def test_neither_key_nor_content_is_logged_or_told_in_an_error(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.fails(500)
    with pytest.raises(AssistantUnavailable) as unavailable:
        asking(endpoint).assess(assessment_request(TEXT))
    shown = caplog.text + "".join(traceback.format_exception(unavailable.value))
    assert KEY not in shown
    assert "menafkahi" not in shown


def test_without_a_key_none_is_sent(endpoint: Endpoint) -> None:
    endpoint.answers(LABELS)
    keyless = OpenAiAssistant(base_url=f"{endpoint.base_url}/", api_key="", model="wise-1")
    assert keyless.assess(assessment_request(TEXT)).intent == "family"
    assert "Authorization" not in endpoint.headers[0]


def test_a_fenced_answer_is_read_and_words_around_it_are_not(endpoint: Endpoint) -> None:
    endpoint.answers_text(f"```json\n{json.dumps(LABELS)}\n```")
    assert asking(endpoint).assess(assessment_request(TEXT)).intent == "family"
    endpoint.answers_text(f"Here you are: {json.dumps(LABELS)}")
    with pytest.raises(AssessmentRejected, match="not one JSON object"):
        asking(endpoint).assess(assessment_request(TEXT))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"x" * (ANSWER_BYTES_MAX + 1), "answer_too_large"),
        (json.dumps({"choices": [{"message": {"content": "[" * 50_000}}]}).encode(), "not_json"),
    ],
    ids=["too large", "too deep"],
)
def test_a_monstrous_answer_is_rejected(endpoint: Endpoint, body: bytes, reason: str) -> None:
    endpoint.answer = lambda _: Answer(body)
    with pytest.raises(AssessmentRejected) as rejected:
        asking(endpoint).assess(assessment_request(TEXT))
    assert rejected.value.reason == reason


def test_an_endpoint_that_refuses_every_form_is_unavailable(endpoint: Endpoint) -> None:
    endpoint.fails(404)
    with pytest.raises(AssistantUnavailable, match="check its address and model"):
        asking(endpoint).assess(assessment_request(TEXT))


def test_placeholders_in_a_rationale_are_read_out(endpoint: Endpoint) -> None:
    endpoint.answers({**LABELS, "rationale": "[PERSON_1] left the family."})
    suggestion = asking(endpoint).assess(assessment_request(TEXT))
    assert suggestion.rationale == "person left the family."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reply": None}, "reply_not_text"),
        ({"confidence": 2}, "confidence_out_of_range"),
        ({"confidence": True}, "confidence_not_a_number"),
        ({"reasons": "because"}, "reasons_not_texts"),
        ({"reasons": ["x"] * 9}, "reasons_too_long"),
        ({"extra": 1}, "keys_differ"),
    ],
)
def test_a_draft_outside_its_schema_is_rejected(
    endpoint: Endpoint, change: dict[str, object], reason: str
) -> None:
    endpoint.answers({**REPLY, **change})
    with pytest.raises(AssistantAnswerRejected) as rejected:
        asking(endpoint).suggest_draft(draft_request("saya mau cerai"))
    assert rejected.value.reason == reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_url": "ftp://host", "model": "m"}, "base_url must be"),
        ({"base_url": "http://user:secret@host", "model": "m"}, "without user or password"),
        ({"base_url": "http://host", "model": ""}, "model must name"),
        ({"base_url": "http://host", "model": "m", "timeout_s": 0}, "timeout_s must be"),
    ],
)
def test_wrong_settings_are_refused_in_words(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OpenAiAssistant(api_key="", **options)  # type: ignore[arg-type]
