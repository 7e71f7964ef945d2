"""A request takes masked text only, and only the masker makes it."""

import ast
from datetime import datetime

import pytest

from domain.ports.assistant import (
    AssessmentRequest,
    MaskedText,
    MaskedTurn,
    TurnDirection,
)
from infrastructure.assistant.masking import Masker
from tests.architecture.tree import ROOMS, sources
from tests.assistant.builders import FRIDAY, draft_request


def test_nobody_can_make_masked_text_of_plain_text() -> None:
    with pytest.raises(TypeError, match="comes from the masker only"):
        MaskedText("halo")


def test_only_the_masker_issues_masked_text() -> None:
    callers = {
        source.name
        for source in sources(*ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "issued_by_masker"
    }
    assert callers == {"infrastructure/assistant/masking/masker.py"}


def test_a_request_refuses_plain_text() -> None:
    with pytest.raises(TypeError, match="plain text is refused"):
        AssessmentRequest(text="halo", received_at=FRIDAY)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="plain text is refused"):
        MaskedTurn(direction=TurnDirection.INBOUND, text="halo")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="plain text is refused"):
        draft_request("halo", sender="Ratna")


def test_a_request_refuses_a_time_without_zone() -> None:
    with pytest.raises(TypeError, match="needs a time zone"):
        AssessmentRequest(
            text=Masker().mask("halo").text,
            received_at=datetime(2026, 11, 20),  # noqa: DTZ001 - what is refused
        )


def test_masked_text_shows_no_content_and_does_not_change() -> None:
    text = Masker().mask("soal cerai").text
    assert repr(text) == "MaskedText(<10 characters>)"
    assert (len(text), text.text) == (10, "soal cerai")
    assert text == Masker().mask("soal cerai").text
    with pytest.raises(AttributeError, match="does not change"):
        text.other = "x"
