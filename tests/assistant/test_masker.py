"""What the masker takes out, how it comes back, and what happens when it cannot vouch."""

import copy
import pickle
import re
from typing import Final

import pytest

from domain.ports.assistant import AssistantAnswerRejected, MaskedText, MaskingFailed
from infrastructure.assistant.masking import (
    Kind,
    KnownEntity,
    Masker,
    PlaceholderMapping,
    masker,
    unmask,
)
from infrastructure.checkout import CHECKOUT

IDENTIFIERS: Final = (
    ("hubungi saya di 0812-3456-7890", Kind.PHONE, "0812-3456-7890"),
    ("hubungi +62 812 3456 7890 ya", Kind.PHONE, "+62 812 3456 7890"),
    ("wa 6281234567890", Kind.PHONE, "6281234567890"),
    ("nomor saya 081234567890", Kind.PHONE, "081234567890"),
    ("NIK saya 3173052508890003", Kind.NIK, "3173052508890003"),
    ("NPWP 09.254.294.3-407.000", Kind.NPWP, "09.254.294.3-407.000"),
    ("email budi.santoso@contoh.co.id", Kind.EMAIL, "budi.santoso@contoh.co.id"),
    ("kartu kredit 4111 1111 1111 1111", Kind.CARD, "4111 1111 1111 1111"),
    ("rekening BCA 5270123456", Kind.ACCOUNT, "5270123456"),
    ("mobil B 1234 XYZ ditabrak", Kind.PLATE, "B 1234 XYZ"),
    ("paspor saya A1234567", Kind.PASSPORT, "A1234567"),
    (
        "perkara nomor 123/Pdt.G/2026/PN Jkt.Sel",
        Kind.CASE_NUMBER,
        "123/Pdt.G/2026/PN Jkt.Sel",
    ),
)

NAME: Final = "Raka Wibisono"
WRITINGS: Final = (
    "saya Raka Wibisono",
    "RAKA WIBISONO datang",
    "pak raka wibisono",
    "Wibisono, Raka",
    "rakawibisono",
    "R. Wibisono",
    "Raka  Wibisono",
    "Wibisono bilang",
)


@pytest.mark.parametrize(("text", "kind", "value"), IDENTIFIERS)
def test_an_identifier_becomes_one_placeholder_and_comes_back_exactly(
    text: str, kind: Kind, value: str
) -> None:
    masked = Masker().mask(text)
    placeholder = f"[{kind}_1]"
    assert placeholder in masked.text.text
    assert value not in masked.text.text
    assert masked.mapping.value_of(placeholder) == value
    assert unmask(masked.text.text, masked.mapping) == text


@pytest.mark.parametrize("text", WRITINGS)
def test_a_known_name_is_masked_however_it_is_written(text: str) -> None:
    masked = Masker(known_names=[NAME]).mask(text).text.text
    assert "[PERSON_1]" in masked
    assert not re.search("raka|wibisono", masked, re.IGNORECASE)


def test_a_known_value_is_masked_without_a_word_that_announces_it() -> None:
    held = KnownEntity(Kind.ACCOUNT, "70-55-12-9")
    masked = Masker(known_values=[held]).mask("yang 7055129 itu sudah saya cek")
    assert "7055129" not in masked.text.text
    assert "[ACCOUNT_1]" in masked.text.text


def test_the_same_value_is_the_same_placeholder_in_the_whole_conversation() -> None:
    one = Masker()
    first = one.mask("wa saya 081234567890").text.text
    second = one.mask("sekali lagi 081234567890, bukan 081298765432").text.text
    assert "[PHONE_1]" in first
    assert "[PHONE_1]" in second
    assert "[PHONE_2]" in second


def test_a_placeholder_that_a_contact_types_never_reads_as_a_real_one() -> None:
    masked = Masker(known_names=[NAME]).mask("tolong balas ke [PERSON_1] dan [PHONE_7]")
    assert "[PERSON_1]" not in masked.text.text
    assert "[PHONE_7]" not in masked.text.text


@pytest.mark.parametrize(
    "recogniser", ["find_documents", "find_identifiers", "find_organisations", "find_addresses"]
)
def test_an_error_inside_a_recogniser_lets_no_text_out(
    recogniser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = "081234567890"

    def broken(text: str, *_: object) -> None:
        raise RuntimeError(f"cannot read {text}")

    monkeypatch.setattr(masker, recogniser, broken)
    with pytest.raises(MaskingFailed) as failed:
        Masker().mask(f"nomor saya {planted}")
    assert failed.value.reason == "masking_error"
    assert planted not in f"{failed.value!r} {failed.value}"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_a_text_that_takes_too_long_is_given_up() -> None:
    seconds = iter(range(1000))
    slow = Masker(monotonic=lambda: float(next(seconds)), time_limit_seconds=1.0)
    with pytest.raises(MaskingFailed) as failed:
        slow.mask("Saya mau bertanya tentang cerai")
    assert failed.value.reason == "time_out"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(MaskingFailed) as failed:
        Masker().mask("a " * masker.CHARACTERS_MAX)
    assert failed.value.reason == "text_too_long"


def test_masked_text_cannot_be_made_by_hand_changed_or_read_from_its_representation() -> None:
    with pytest.raises(TypeError, match="masker"):
        MaskedText("NIK saya 3173052508890003")
    issued = Masker().mask("Saya mau cerai").text
    with pytest.raises(AttributeError):
        issued._text = "other"
    assert "cerai" in issued.text
    assert "cerai" not in repr(issued)


def test_only_the_masker_issues_masked_text() -> None:
    callers = [
        str(file.relative_to(CHECKOUT))
        for package in ("api", "domain", "infrastructure", "jobs", "projections")
        for file in (CHECKOUT / package).rglob("*.py")
        if ".issued_by_masker(" in file.read_text("utf-8")
    ]
    assert callers == ["infrastructure/assistant/masking/masker.py"]


def test_the_mapping_stays_in_its_process_and_shows_nothing() -> None:
    masked = Masker(known_names=[NAME]).mask("wa saya 081234567890")
    with pytest.raises(TypeError, match="memory of its process"):
        pickle.dumps(masked.mapping)
    with pytest.raises(TypeError, match="memory of its process"):
        copy.deepcopy(masked.mapping)
    shown = f"{masked.mapping!r} {masked!r} {masked.mapping}"
    assert "0812" not in shown
    assert "Raka" not in shown
    assert len(masked.mapping) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Halo [PERSON_1] dan [PERSON_2]", "placeholder_unknown"),
        ("Halo [PERSON_1], kami baca.", "placeholder_missing"),
        ("Halo [PERSON_1] [PHONE_1] dan [Person_1", "placeholder_mangled"),
        ("Halo [PERSON_1] [PHONE_1] (PERSON_1)", "placeholder_mangled"),
        ("Halo [PERSON_1] [PHONE_1] PERSON 1", "placeholder_mangled"),
        ("Halo [PERSON_1] [PHONE_1] alias Raka Wibisono", "personal_data_in_answer"),
        ("Halo [PERSON_1] [PHONE_1] atau 081234567890", "personal_data_in_answer"),
        ("Halo [PERSON_1] [PHONE_1] atau siti@contoh.id", "personal_data_in_answer"),
    ],
)
def test_unmasking_refuses_a_placeholder_or_value_that_is_not_as_given(
    answer: str, reason: str
) -> None:
    mapping = Masker(known_names=[NAME]).mask("wa saya 081234567890").mapping
    with pytest.raises(AssistantAnswerRejected) as rejected:
        unmask(answer, mapping, required=["[PERSON_1]", "[PHONE_1]"])
    assert rejected.value.reason == reason
    assert "0812" not in str(rejected.value)


def test_the_firms_own_words_may_stand_in_an_answer() -> None:
    own = "Hubungi 021-5550100 bila darurat."
    with pytest.raises(AssistantAnswerRejected):
        unmask(own, PlaceholderMapping())
    assert unmask(own, PlaceholderMapping(), allowed=[own]) == own
