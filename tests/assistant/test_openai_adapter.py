"""The adapter for OpenAI-compatible endpoints, against an endpoint that misbehaves."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from domain.ports.assistant import (
    AssessmentRejected,
    AssistantAnswerRejected,
    AssistantUnavailable,
    DraftWithheld,
    FirmStyle,
    IntakeTopic,
)
from infrastructure.assistant.circuit_breaker import CircuitBreaker, CircuitState
from infrastructure.assistant.masking import Kind, KnownEntity, Masker, unmask
from infrastructure.assistant.openai_adapter import OpenAiAssistant
from tests.assistant.endpoint import Answer, Endpoint, completion, running_endpoint
from tests.assistant.requests import LABELS, REPLY, SAFETY_TEXT, to_assess, to_draft

KEY: Final = "planted-key-81f3"
QUESTION: Final = "Suami saya minta cerai"
CONTACT: Final = Masker(known_names=["Raka Wibisono"])
PLANTED: Final = (
    "081234567890",
    "3173052508890003",
    "Raka Wibisono",
    "raka.w@contoh.id",
    "5270123456",
)
STORY: Final = (
    "Saya Raka Wibisono, NIK 3173052508890003, wa 081234567890, email raka.w@contoh.id, "
    "rekening BCA 5270123456. Suami minta cerai."
)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as listening:
        yield listening


def asking(
    endpoint: Endpoint, *, timeout_s: float = 10.0, breaker: CircuitBreaker | None = None
) -> OpenAiAssistant:
    return OpenAiAssistant(
        base_url=endpoint.base_url,
        api_key=KEY,
        model="stand-in",
        timeout_s=timeout_s,
        breaker=breaker,
    )


def holds(received: list[bytes], value: str) -> bool:
    """Whether a value stands in what was sent: bare, JSON-escaped, or with its digits apart."""
    text = b"\n".join(received).decode()
    spellings = {value, json.dumps(value)[1:-1], json.dumps(json.dumps(value))[3:-3]}
    if any(spelling.lower() in text.lower() for spelling in spellings):
        return True
    return value.isdigit() and value in re.sub(r"[\s.\-]", "", text)


def rejected_assessment(endpoint: Endpoint, fields: dict[str, object]) -> str:
    endpoint.answers(fields)
    with pytest.raises(AssessmentRejected) as rejected:
        asking(endpoint).assess(to_assess(QUESTION))
    return rejected.value.reason


@pytest.mark.parametrize("status", [500, 502, 503, 401, 302])
def test_a_status_that_is_no_answer_means_unavailable(endpoint: Endpoint, status: int) -> None:
    endpoint.fails(status)
    with pytest.raises(AssistantUnavailable, match=str(status)) as failed:
        asking(endpoint).assess(to_assess(QUESTION))
    assert failed.value.retryable


def test_too_many_questions_say_how_long_to_wait(endpoint: Endpoint) -> None:
    endpoint.fails(429, ("Retry-After", "7"))
    with pytest.raises(AssistantUnavailable) as failed:
        asking(endpoint).assess(to_assess(QUESTION))
    assert failed.value.retry_after_seconds == 7.0


def test_an_endpoint_that_does_not_answer_in_time_is_left(endpoint: Endpoint) -> None:
    endpoint.released.clear()
    with pytest.raises(AssistantUnavailable, match=r"within 0\.2 s"):
        asking(endpoint, timeout_s=0.2).assess(to_assess(QUESTION))


def test_an_endpoint_that_is_not_there_means_unavailable() -> None:
    with running_endpoint() as gone:
        nobody = asking(gone)
    with pytest.raises(AssistantUnavailable, match="reached"):
        nobody.assess(to_assess(QUESTION))


def test_an_endpoint_without_answer_formats_is_asked_in_words(endpoint: Endpoint) -> None:
    def plain_only(question: dict[str, Any]) -> Answer:
        if "response_format" in question:
            return Answer(b"{}", 400)
        return completion(json.dumps(LABELS))

    endpoint.answer = plain_only
    assert asking(endpoint).assess(to_assess(QUESTION)).intent == "family"
    assert len(endpoint.received) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("I think this is family law", "not_json"),
        ('{"intent": "family"', "not_json"),
        ("[]", "not_json"),
        ('{"intent": "family", "intent": "tax_admin"}', "not_json"),
        ('{"confidence": NaN}', "not_json"),
        ("", "not_json"),
    ],
)
def test_what_is_not_one_json_object_is_rejected(
    endpoint: Endpoint, content: str, reason: str
) -> None:
    endpoint.answers_text(content)
    with pytest.raises(AssessmentRejected) as rejected:
        asking(endpoint).assess(to_assess(QUESTION))
    assert rejected.value.reason == reason


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"choices": []}', b"[1]"])
def test_a_body_that_is_no_completion_is_rejected(endpoint: Endpoint, body: bytes) -> None:
    endpoint.answer = lambda _: Answer(body)
    with pytest.raises(AssessmentRejected) as rejected:
        asking(endpoint).assess(to_assess(QUESTION))
    assert rejected.value.reason == "not_a_completion"


def test_an_answer_that_was_cut_is_rejected(endpoint: Endpoint) -> None:
    endpoint.answer = lambda _: completion(json.dumps(LABELS), finish="length")
    with pytest.raises(AssessmentRejected) as rejected:
        asking(endpoint).assess(to_assess(QUESTION))
    assert rejected.value.reason == "answer_cut"


@pytest.mark.parametrize("key", sorted(LABELS))
def test_a_missing_key_is_rejected(endpoint: Endpoint, key: str) -> None:
    fields = {name: value for name, value in LABELS.items() if name != key}
    assert rejected_assessment(endpoint, fields) == "keys_differ"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("price", 100, "keys_differ"),
        ("intent", "divorce", "intent_unknown"),
        ("urgency", "urgent", "urgency_unknown"),
        ("estimated_minutes", 46, "estimated_minutes_outside_band"),
        ("estimated_minutes", 24, "estimated_minutes_outside_band"),
        ("estimated_minutes", "30", "estimated_minutes_not_an_integer"),
        ("confidence", 1.01, "confidence_out_of_range"),
        ("rationale", "x" * 241, "rationale_too_long"),
        ("rationale", "Call 081234567890 about it.", "rationale_holds_identifier"),
    ],
)
def test_a_label_outside_its_limits_is_rejected(
    endpoint: Endpoint, field: str, value: object, reason: str
) -> None:
    assert rejected_assessment(endpoint, {**LABELS, field: value}) == reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Halo [PERSON_2], terima kasih.", "placeholder_unknown"),
        ("Halo, terima kasih.", "placeholder_missing"),
        ("Halo [PERSON_1], dan person_1 juga.", "placeholder_mangled"),
        ("Halo [PERSON_1] alias Raka Wibisono.", "personal_data_in_answer"),
    ],
)
def test_a_draft_with_a_wrong_placeholder_never_becomes_readable(
    endpoint: Endpoint, reply: str, reason: str
) -> None:
    endpoint.answers({**REPLY, "reply": reply})
    request = to_draft(QUESTION, sender=CONTACT.mask("Raka Wibisono").text)
    with pytest.raises(AssistantAnswerRejected) as rejected:
        unmask(
            asking(endpoint).suggest_draft(request).masked_text,
            CONTACT.mapping,
            required=["[PERSON_1]"],
        )
    assert rejected.value.reason == reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Hubungi 081234567890 ya.", "personal_data_in_answer"),
        ("Tulis ke siti@contoh.id ya.", "personal_data_in_answer"),
        ("Anda berhak atas rumah itu.", "draft_holds_advice_or_chances"),
        ("Tarif kami adalah Rp 500.000.", "draft_holds_price_or_payment"),
        ("  ", "draft_empty"),
        ("a " * 800, "draft_too_long"),
    ],
)
def test_a_draft_that_says_what_it_may_not_is_rejected(
    endpoint: Endpoint, reply: str, reason: str
) -> None:
    endpoint.answers({**REPLY, "reply": reply})
    with pytest.raises(AssistantAnswerRejected) as rejected:
        asking(endpoint).suggest_draft(to_draft(QUESTION))
    assert rejected.value.reason == reason


def test_in_danger_the_model_is_not_asked(endpoint: Endpoint) -> None:
    danger = "Saya ingin bunuh diri, tidak kuat lagi"
    draft = asking(endpoint).suggest_draft(to_draft(danger))
    assert (draft.masked_text, draft.asks) == (SAFETY_TEXT, IntakeTopic.SAFETY_NOW)
    with pytest.raises(DraftWithheld):
        asking(endpoint).suggest_draft(to_draft(danger, firm=FirmStyle(display_name="Contoh")))
    assert endpoint.received == []


def test_the_key_goes_into_the_header_and_nowhere_else(endpoint: Endpoint) -> None:
    endpoint.fails(500)
    assistant = asking(endpoint)
    with pytest.raises(AssistantUnavailable) as failed:
        assistant.assess(to_assess(QUESTION))
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert not holds(endpoint.received, KEY)
    shown = f"{assistant!r} {vars(assistant)!r} {failed.value!r} {failed.value}"
    assert KEY not in shown
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_planted_values_never_arrive_at_the_endpoint(endpoint: Endpoint) -> None:
    masker = Masker(known_names=["Raka Wibisono"])
    text = masker.mask(STORY).text
    endpoint.answers(LABELS)
    asking(endpoint).assess(to_assess(STORY))
    endpoint.answers(REPLY)
    asking(endpoint).suggest_draft(to_draft(STORY, sender=masker.mask("Raka Wibisono").text))
    assert "[PERSON_1]" in text.text
    assert len(endpoint.received) == 2
    assert [value for value in PLANTED if holds(endpoint.received, value)] == []
    assert holds(endpoint.received, "minta cerai")


@pytest.mark.parametrize("value", [*PLANTED, 'a "quoted" name'])
def test_the_search_for_planted_values_finds_one_that_was_let_through(
    endpoint: Endpoint, value: str
) -> None:
    endpoint.answers(REPLY)
    leaking = to_draft(QUESTION, firm=FirmStyle(display_name=value))
    asking(endpoint).suggest_draft(leaking)
    assert holds(endpoint.received, value)


def test_a_known_account_is_kept_back_without_a_word_that_announces_it() -> None:
    masker = Masker(known_values=[KnownEntity(Kind.ACCOUNT, "5270123456")])
    assert "5270123456" not in masker.mask("yang 5270123456 itu").text.text


def test_failures_in_a_row_open_the_circuit_and_one_probe_closes_it(endpoint: Endpoint) -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures_max=2, pause_seconds=30.0, monotonic=lambda: now[0])
    assistant = asking(endpoint, breaker=breaker)
    endpoint.fails(500)
    for _ in range(2):
        with pytest.raises(AssistantUnavailable):
            assistant.assess(to_assess(QUESTION))
    assert breaker.state is CircuitState.OPEN
    with pytest.raises(AssistantUnavailable) as left_alone:
        assistant.assess(to_assess(QUESTION))
    assert left_alone.value.retry_after_seconds == 30.0
    assert len(endpoint.received) == 2
    now[0] = 31.0
    with pytest.raises(AssistantUnavailable, match="500"):
        assistant.assess(to_assess(QUESTION))
    assert breaker.state is CircuitState.OPEN
    now[0] = 62.0
    endpoint.answers(LABELS)
    assert assistant.assess(to_assess(QUESTION)).intent == "family"
    closed = breaker.seconds_until_free()
    assert closed == 0.0


def test_while_a_probe_is_under_way_nobody_else_asks() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures_max=1, pause_seconds=5.0, monotonic=lambda: now[0])
    breaker.failed()
    now[0] = 6.0
    assert breaker.seconds_until_free() == 0.0
    assert breaker.state is CircuitState.HALF_OPEN
    assert breaker.seconds_until_free() == 5.0


def test_an_answer_that_is_rejected_opens_no_circuit(endpoint: Endpoint) -> None:
    breaker = CircuitBreaker(failures_max=1)
    endpoint.answer = lambda _: Answer(b"{}")
    with pytest.raises(AssessmentRejected):
        asking(endpoint, breaker=breaker).assess(to_assess(QUESTION))
    assert breaker.state is CircuitState.CLOSED
