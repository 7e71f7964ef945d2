"""One form for every phone number, and the other forms of the same number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.whatsapp.phone_numbers import (
    canonical_phone,
    phone_from_digits,
    phone_variants,
)


@pytest.mark.parametrize(
    "written",
    [
        "0812-1000-4321",
        "0812 1000 4321",
        "(0812) 1000.4321",
        "812 1000 4321",
        "62 812 1000 4321",
        "6281210004321",
        "+6281210004321",
        "+62 812-1000-4321",
        "+62 (0)812 1000 4321",
        "+62 0812 1000 4321",
        "0062 812 1000 4321",
        "006281210004321",
        "tel:+62-812-1000-4321",
        "\u200e+62 812\u00a01000\u20114321",
        "０８１２１０００４３２１",
    ],
)
def test_every_indonesian_way_of_writing_is_the_same_number(written: str) -> None:
    assert canonical_phone(written) == "+6281210004321"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("021 5550 1234", "+622155501234"),
        ("+65 6123 4567", "+6561234567"),
        ("0065 6123 4567", "+6561234567"),
        ("+1 (415) 555-0123", "+14155550123"),
        ("+55 11 98765-4321", "+5511987654321"),
        ("+52 1 55 1234 5678", "+525512345678"),
    ],
)
def test_numbers_elsewhere_keep_their_country(written: str, expected: str) -> None:
    assert canonical_phone(written) == expected


def test_a_number_without_country_code_belongs_to_the_region_of_the_firm() -> None:
    assert canonical_phone("0176 12345678", region="DE") == "+4917612345678"


@pytest.mark.parametrize(
    "written",
    ["", "+", "abc", "110", "0001", "+999 12", "0812 x3", "0812", "1" * 40, "0" * 100_000, "\0"],
    ids=lambda written: repr(written)[:20],
)
def test_what_cannot_be_a_phone_number_is_none(written: str) -> None:
    assert canonical_phone(written) is None


@given(written=st.text(max_size=80))
def test_no_text_raises(written: str) -> None:
    found = canonical_phone(written)
    assert found is None or found.startswith("+")


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("+5511987654321", "+551187654321"),
        ("+5215512345678", "+525512345678"),
        ("+5491112345678", "+541112345678"),
    ],
)
def test_a_number_with_two_forms_is_found_by_either(number: str, other: str) -> None:
    assert phone_variants(number) == (number, other)
    assert phone_variants(other) == (other, number)


@pytest.mark.parametrize(
    "number", ["+6281210004321", "+14155550123", "+551133334444", "+521", "+5", "+"]
)
def test_any_other_number_has_one_form(number: str) -> None:
    assert phone_variants(number) == (number,)


@given(
    digits=st.from_regex(r"(?:55[1-9][0-9]|52|54)[0-9]{8,10}", fullmatch=True),
)
def test_a_variant_leads_back_to_the_number(digits: str) -> None:
    number = phone_from_digits(digits)
    for variant in phone_variants(number):
        assert number in phone_variants(variant)
