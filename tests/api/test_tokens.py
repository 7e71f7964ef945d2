import re

from hypothesis import given
from hypothesis import strategies as st

from infrastructure.tokens import (
    FORM_PATTERN,
    checksum,
    is_well_formed,
    last_four,
    new_token,
    token_sha256,
)


def test_a_new_token_has_the_published_form_and_a_right_checksum() -> None:
    token = new_token()
    assert re.fullmatch(FORM_PATTERN, token)
    assert is_well_formed(token)


def test_two_tokens_are_never_the_same() -> None:
    assert len({new_token() for _ in range(100)}) == 100


@given(st.integers(min_value=8, max_value=37), st.characters(codec="ascii"))
def test_a_token_with_one_wrong_character_is_refused(position: int, wrong: str) -> None:
    token = "lh_live_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123_000000"
    token = f"{token[:39]}{checksum(token[:38])}"
    changed = token[:position] + wrong + token[position + 1 :]
    assert is_well_formed(token)
    assert is_well_formed(changed) is (changed == token)


@given(st.text())
def test_junk_is_refused_without_an_error(junk: str) -> None:
    assert not is_well_formed(junk)


def test_only_a_digest_and_four_characters_are_kept() -> None:
    token = new_token()
    assert token not in token_sha256(token)
    assert len(token_sha256(token)) == 64
    assert token.endswith(last_four(token))
    assert len(last_four(token)) == 4
