import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.phone import masked_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+6281210004321", "+62 812-****-4321"),
        ("+62812100004321", "+62 812-****-4321"),
        ("+622129001234", "+62 212-****-1234"),
        ("+14155552671", "+1 415-****-2671"),
        ("+6512345", "+65 ****"),
        ("+62", "****"),
        ("6281210004321", "****"),
        ("not a number", "****"),
    ],
)
def test_the_middle_of_a_number_is_hidden(number: str, shown: str) -> None:
    assert masked_phone(number) == shown


@given(st.text(max_size=20) | st.from_regex(r"\+[0-9]{1,16}", fullmatch=True))
def test_most_digits_of_whatever_comes_are_hidden(number: str) -> None:
    shown = masked_phone(number)
    assert sum(character.isdigit() for character in shown) <= 3 + 7
    if len(number) > 8:
        assert number not in shown
