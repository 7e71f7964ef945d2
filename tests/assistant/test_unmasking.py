"""An answer becomes readable only if every placeholder in it is whole and known."""

import copy
import pickle

import pytest

from domain.ports.assistant import AssistantAnswerRejected
from infrastructure.assistant.masking import Masker, unmask


@pytest.fixture
def masker() -> Masker:
    known = Masker(known_names=["Ratna Dewanti"])
    known.mask("hp saya 0812 3456 7890, suami saya Tegar Maulana")
    return known


def reason_of(text: str, masker: Masker, **options: object) -> str:
    with pytest.raises(AssistantAnswerRejected) as rejected:
        unmask(text, masker.mapping, **options)  # type: ignore[arg-type]
    assert text not in str(rejected.value)
    return rejected.value.reason


def test_known_placeholders_are_filled_in(masker: Masker) -> None:
    text = unmask("Halo [PERSON_1], suami Anda [PERSON_2]?", masker.mapping)
    assert text == "Halo Ratna Dewanti, suami Anda Tegar Maulana?"


def test_an_invented_placeholder_is_rejected(masker: Masker) -> None:
    assert reason_of("Halo [PERSON_7]", masker) == "placeholder_unknown"


@pytest.mark.parametrize(
    "text",
    ["Halo PERSON_1", "Halo [PERSON 1]", "Halo [person_1]", "Halo (PERSON_1)", "Halo {PERSON_1}",
     "Halo [PERSON_1", "Halo [PERSON_]", "Halo <PHONE_1>", "Halo PERSON 1", "Halo [PERSON_01]"],
)  # fmt: skip
def test_a_damaged_placeholder_is_rejected(text: str, masker: Masker) -> None:
    assert reason_of(text, masker) == "placeholder_mangled"


def test_a_lost_placeholder_is_rejected_where_it_is_required(masker: Masker) -> None:
    assert reason_of("Halo", masker, required=["[PERSON_1]"]) == "placeholder_missing"


@pytest.mark.parametrize(
    "text",
    ["Halo Ratna Dewanti", "Halo RATNA  DEWANTI", "nomor 081234567890", "kirim ke a@contoh.id",
     "nomor 0857 1122 3344", "NIK 3171011705900001"],
)  # fmt: skip
def test_personal_data_in_clear_is_rejected(text: str, masker: Masker) -> None:
    assert reason_of(text, masker) == "personal_data_in_answer"


def test_the_firms_own_words_may_be_repeated(masker: Masker) -> None:
    text = "Hubungi kami di 021-5550134."
    assert reason_of(text, masker) == "personal_data_in_answer"
    assert unmask(text, masker.mapping, allowed=["021-5550134"]) == text


def test_a_name_that_is_an_everyday_word_rejects_no_answer() -> None:
    masker = Masker(known_names=["Tim"])
    assert unmask("tim kami akan melihat", masker.mapping) == "tim kami akan melihat"


def test_a_mapping_stays_in_memory_and_shows_nothing(masker: Masker) -> None:
    assert "Ratna" not in repr(masker.mapping)
    with pytest.raises(TypeError, match="stays in the memory"):
        pickle.dumps(masker.mapping)
    with pytest.raises(TypeError, match="stays in the memory"):
        copy.copy(masker.mapping)
