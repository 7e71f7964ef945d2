"""One gate for labels: seven keys, known words, numbers inside their bands."""

import pytest

from domain.ports.assistant import (
    AssessmentRejected,
    Complexity,
    Intent,
    minutes_band,
    validate_assessment,
)

GOOD: dict[str, object] = {
    "intent": "contract_civil",
    "urgency": "high",
    "complexity": "moderate",
    "estimated_minutes": 35,
    "confidence": 0.74,
    "rationale": "Demand letter received, answer due in four days; one opponent.",
    "language": "id",
}


def reason_of(**changes: object) -> str:
    with pytest.raises(AssessmentRejected) as rejected:
        validate_assessment({**GOOD, **changes})
    assert not rejected.value.retryable
    return rejected.value.reason


def test_labels_inside_their_limits_pass() -> None:
    suggestion = validate_assessment(GOOD)
    assert suggestion.intent is Intent.CONTRACT_CIVIL
    assert suggestion.confidence == 0.74


@pytest.mark.parametrize("key", GOOD)
def test_every_key_is_required(key: str) -> None:
    with pytest.raises(AssessmentRejected, match="Exactly these keys"):
        validate_assessment({name: value for name, value in GOOD.items() if name != key})


def test_no_other_key_is_allowed() -> None:
    assert reason_of(advice="sue them") == "keys_differ"


@pytest.mark.parametrize("key", ["intent", "urgency", "complexity", "language"])
@pytest.mark.parametrize("value", ["", "Family", "unknown", None, 3, ["family"]])
def test_a_label_outside_its_list_is_rejected(key: str, value: object) -> None:
    assert reason_of(**{key: value}) == f"{key}_unknown"


@pytest.mark.parametrize(
    ("intent", "complexity", "band"),
    [
        ("spam_other", "simple", (0, 5)),
        ("general_inquiry", "simple", (5, 10)),
        ("general_inquiry", "moderate", (10, 20)),
        ("existing_matter", "simple", (5, 15)),
        ("existing_matter", "moderate", (20, 40)),
        ("existing_matter", "complex", (45, 90)),
        ("tax_admin", "simple", (10, 20)),
        ("tax_admin", "moderate", (25, 45)),
        ("tax_admin", "complex", (60, 120)),
    ],
)
def test_minutes_must_lie_in_the_band(intent: str, complexity: str, band: tuple[int, int]) -> None:
    labels = {"intent": intent, "complexity": complexity, "urgency": "low"}
    assert minutes_band(Intent(intent), Complexity(complexity)) == band
    for minutes in band:
        labelled = validate_assessment({**GOOD, **labels, "estimated_minutes": minutes})
        assert labelled.estimated_minutes == minutes
    for minutes in (band[0] - 1, band[1] + 1):
        assert reason_of(**labels, estimated_minutes=minutes) == "estimated_minutes_outside_band"


@pytest.mark.parametrize(
    ("intent", "complexity"),
    [("spam_other", "moderate"), ("spam_other", "complex"), ("general_inquiry", "complex")],
)
def test_a_pair_without_band_is_rejected(intent: str, complexity: str) -> None:
    changes = {"intent": intent, "complexity": complexity, "urgency": "low"}
    assert reason_of(**changes) == "complexity_outside_bands"


@pytest.mark.parametrize("minutes", [35.0, "35", True, None])
def test_minutes_must_be_a_whole_number(minutes: object) -> None:
    assert reason_of(estimated_minutes=minutes) == "estimated_minutes_not_an_integer"


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), float("inf")])
def test_confidence_must_be_a_probability(confidence: float) -> None:
    assert reason_of(confidence=confidence) == "confidence_out_of_range"


@pytest.mark.parametrize("confidence", ["0.5", True, None])
def test_confidence_must_be_a_number(confidence: object) -> None:
    assert reason_of(confidence=confidence) == "confidence_not_a_number"


@pytest.mark.parametrize(
    ("rationale", "reason"),
    [
        ("", "rationale_missing"),
        ("  ", "rationale_missing"),
        (7, "rationale_missing"),
        ("x" * 241, "rationale_too_long"),
        ("Write to a@contoh.id", "rationale_holds_identifier"),
        ("Call 0812 3456 7890", "rationale_holds_identifier"),
    ],
)
def test_a_rationale_is_short_and_names_nobody(rationale: object, reason: str) -> None:
    assert reason_of(rationale=rationale) == reason


def test_spam_is_never_urgent() -> None:
    changes = {"intent": "spam_other", "complexity": "simple", "estimated_minutes": 2}
    assert reason_of(**changes, urgency="high") == "urgency_contradicts_intent"
