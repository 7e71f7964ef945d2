"""Every reason for which a message may fail has words and a way on."""

import pytest

from api.graphql.failures import duplicate_words, failure_words
from domain.admission import RefusalReason
from domain.ports.whatsapp import UnknownCause
from infrastructure.whatsapp.errors import ERROR_RULES


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refusal_has_words_and_a_way_on(reason: RefusalReason) -> None:
    words = failure_words(reason.value)
    assert words.message.endswith(".")
    assert words.next_step


@pytest.mark.parametrize("code", [*sorted(ERROR_RULES)[:5], 131026, 131047, 999_999])
def test_a_code_of_meta_has_words_and_a_way_on(code: int) -> None:
    words = failure_words(str(code))
    assert words.message.endswith(".")
    assert words.next_step


def test_what_the_sender_says_itself_has_words_and_a_sentence_stays_as_it_is() -> None:
    assert failure_words("recipient_unreachable").next_step
    assert failure_words("No connection could be made.") == ("No connection could be made.", None)


@pytest.mark.parametrize("cause", [*UnknownCause, "sender_died"])
def test_a_duplicate_says_in_words_why_the_message_was_sent_again(cause: str) -> None:
    assert "the answer of WhatsApp was lost" not in duplicate_words(cause)
    assert duplicate_words(cause).startswith("It was sent again because ")


@pytest.mark.parametrize("reason", ["daily_limit", "quiet_hours"])
def test_what_puts_a_message_off_has_words_and_says_that_it_goes_on_by_itself(reason: str) -> None:
    assert "by itself" in (failure_words(reason).next_step or "")
