"""A message that Meta holds back is shown as held until a status says what became of it."""

from typing import Any

import pytest

from domain.delivery_state import DeliveryState
from domain.event import Event
from domain.outbound_message import OutboundAttemptStarted, OutboundSent, OutboundStatusUpdated
from projections.deliveries import Delivery
from tests.domain.samples import sample_of
from tests.projections.happened import BEGINNING

STARTED = sample_of(OutboundAttemptStarted, attempt=1)
HELD = sample_of(OutboundSent, attempt=1, is_held=True)


def status(word: str, **facts: Any) -> OutboundStatusUpdated:
    state = DeliveryState(word)
    return sample_of(OutboundStatusUpdated, status=word, state=state, **facts)


def after(*events: Event) -> Delivery:
    delivery = Delivery()
    for event in events:
        delivery.take(event, BEGINNING)
    return delivery


def test_a_held_message_is_marked_until_it_goes_out() -> None:
    assert after(STARTED, HELD).mark == "held"
    assert after(STARTED, sample_of(OutboundSent, attempt=1, is_held=False)).mark is None
    assert after(STARTED, HELD, status("sent", error_codes=())).mark is None


def test_a_held_message_that_meta_drops_is_failed_with_the_reason() -> None:
    dropped = after(STARTED, HELD, status("failed", error_codes=(132015,)))
    assert (dropped.delivery_state, dropped.failure, dropped.mark) == ("failed", "132015", None)


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
def test_a_status_that_was_quicker_than_the_answer_says_that_nothing_is_held(word: str) -> None:
    assert after(STARTED, status(word, error_codes=()), HELD).mark is None
