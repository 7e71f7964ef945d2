"""What a draft may never say is stopped, whoever wrote it; what it should say passes."""

import pytest

from domain.ports.assistant import AssessmentRejected, AssistantAnswerRejected
from infrastructure.assistant.guard import DRAFT_CHARACTERS_MAX, check_draft, check_rationale


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Biaya konsultasi adalah Rp 500.000.", "price_or_payment"),
        ("The first consultation is free of charge.", "price_or_payment"),
        ("Silakan transfer ke rekening kami.", "price_or_payment"),
        ("Anda berhak atas harta itu.", "advice_or_chances"),
        ("Menurut Pasal 372 itu penggelapan.", "advice_or_chances"),
        ("You have a strong case.", "advice_or_chances"),
        ("You should not answer the police.", "advice_or_chances"),
        ("Kami siap mendampingi Anda.", "matter_accepted_or_declined"),
        ("We will represent you.", "matter_accepted_or_declined"),
        ("Klien kami adalah suami Anda.", "matter_accepted_or_declined"),
        ("Anda punya 14 hari untuk banding.", "time_limit_calculated"),
        ("You have 10 days to appeal.", "time_limit_calculated"),
        ("Pengacara kami akan datang.", "appointment_or_attendance"),
        ("See you tomorrow.", "appointment_or_attendance"),
        ("Jangan tanda tangani apa pun.", "instruction_to_contact"),
        ("Please delete the post.", "instruction_to_contact"),
        ("Kami jamin aman.", "promise"),
        ("Everything stays confidential.", "promise"),
        ("We will call you back within 24 hours.", "promise"),
        ("Balasan sudah dikirim.", "claimed_approval"),
        ("Sebagai AI saya tidak tahu.", "machine_voice"),
    ],
)
def test_a_draft_that_says_too_much_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(AssistantAnswerRejected) as rejected:
        check_draft(text)
    assert rejected.value.reason == f"draft_holds_{reason}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "draft_empty"),
        ("a" * (DRAFT_CHARACTERS_MAX + 1), "draft_too_long"),
        ("Hubungi 0812 3456 7890.", "personal_data_in_answer"),
        ("Lihat https://contoh.site", "personal_data_in_answer"),
    ],
)
def test_a_draft_of_the_wrong_form_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(AssistantAnswerRejected) as rejected:
        check_draft(text)
    assert rejected.value.reason == reason


def test_a_modest_draft_passes() -> None:
    text = "Halo [PERSON_1], pesan Anda sudah kami terima. Di kota mana hal ini terjadi?"
    assert check_draft(text) == text


def test_placeholders_in_a_rationale_are_read_out() -> None:
    assert check_rationale("[PERSON_1] left; [DATE_OF_BIRTH_2]") == "person left; date of birth"


def test_a_rationale_with_an_identifier_is_rejected() -> None:
    with pytest.raises(AssessmentRejected):
        check_rationale("plate B 1234 XYZ was seized")
