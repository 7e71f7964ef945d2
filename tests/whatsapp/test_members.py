"""Single values of a notification, in every form in which they arrive."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.whatsapp import members

MOMENT = datetime(2026, 11, 18, 2, 15, 30, tzinfo=UTC)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "written",
    [
        "1794968130",
        1794968130,
        1794968130.0,
        " 1794968130 ",
        "1794968130.0",
        "1794968130000",
        1794968130000,
        1794968130_000_000,
        "1794968130000000000",
    ],
    ids=repr,
)
def test_a_time_is_understood_in_every_unit_and_form(written: Any) -> None:
    assert members.moment(written) == MOMENT


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        "",
        "0",
        0,
        -1794968130,
        "-5",
        1,
        4102444800,
        10**30,
        "9" * 5000,
        1e308,
        float("nan"),
        float("inf"),
        "2026-11-18",
        "1e9",
        [],
        {},
    ],
    ids=lambda written: repr(written)[:20],
)
def test_a_time_that_cannot_be_one_of_whatsapp_is_not_believed(written: Any) -> None:
    assert members.moment(written) is None


def test_a_time_in_the_near_future_is_left_to_the_receiver_to_judge() -> None:
    assert members.moment("1999999999") == datetime.fromtimestamp(1999999999, UTC)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("6281210004321", "6281210004321"),
        ("+6281210004321", "6281210004321"),
        ("+62 812-1000-4321", "6281210004321"),
        (6281210004321, "6281210004321"),
        ("62 (812) 1000.4321", "6281210004321"),
        ("1234", None),
        ("1234567890123456", None),
        ("62812100043x1", None),
        ("٦٢٨١٢١٠٠٠٤٣", None),
        ("", None),
        (True, None),
        (None, None),
        (-6281210004321, None),
        ({"wa_id": "1"}, None),
        ("6" * 10_000, None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_phone_number_is_five_to_fifteen_digits(written: Any, digits: str | None) -> None:
    assert members.phone_digits(written) == digits


@pytest.mark.parametrize(
    "written",
    [
        "XLQJJvbqv+oLfb4zfOygy3BU8wDnDZTLCukpH2U1OAo=",
        "XLQJJvbqv-oLfb4zfOygy3BU8wDnDZTLCukpH2U1OAo=",
        "XLQJJvbqv+oLfb4zfOygy3BU8wDnDZTLCukpH2U1OAo",
        "5cb40926f6eabfea0b7dbe337ceca0cb7054f300e70d94cb0ae9291f6535380a",
        "5CB40926F6EABFEA0B7DBE337CECA0CB7054F300E70D94CB0AE9291F6535380A",
    ],
)
def test_a_hash_is_the_same_in_base64_and_in_hex(written: str) -> None:
    expected = "5cb40926f6eabfea0b7dbe337ceca0cb7054f300e70d94cb0ae9291f6535380a"
    assert members.sha256_hex(written) == expected


@pytest.mark.parametrize("written", ["", "abc", "=" * 44, "é" * 43, None, 5, "g" * 64, "A" * 42])
def test_what_is_no_hash_is_none(written: Any) -> None:
    assert members.sha256_hex(written) is None


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("wamid.x", "wamid.x"),
        (2**60 + 1, "1152921504606846977"),
        ("a\0b\nc", "a\ufffdb\ufffdc"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, None),
        ("", None),
        (1.5, None),
        (False, None),
        ([], None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_identifier_is_exact_and_free_of_control_characters(
    written: Any, found: str | None
) -> None:
    assert members.identifier(written) == found


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (1500000, Decimal(1500000)),
        ("1500000.50", Decimal("1500000.50")),
        (0.1, Decimal("0.1")),
        (10**39, Decimal(10**39)),
        (10**41, None),
        ("1e5", None),
        (float("inf"), None),
        (True, None),
        ("١", None),
        ("", None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_number_is_exact(written: Any, number: Decimal | None) -> None:
    assert members.decimal(written) == number


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (True, True),
        ("true", True),
        (1, True),
        ("1", True),
        (False, False),
        ("no", False),
        (None, False),
        (2, False),
        ([], False),
        ({}, False),
    ],
    ids=repr,
)
def test_a_flag_is_true_only_if_it_says_so(written: Any, expected: bool) -> None:
    assert members.flag(written) is expected


@given(value=ANYTHING)
def test_no_reader_ever_raises(value: Any) -> None:
    for reader in (
        members.as_items,
        members.as_object,
        members.decimal,
        members.filled_text,
        members.flag,
        members.identifier,
        members.integer,
        members.moment,
        members.phone_digits,
        members.sha256_hex,
        members.text,
        members.word,
    ):
        reader(value)
    members.degrees(value, 90.0)
