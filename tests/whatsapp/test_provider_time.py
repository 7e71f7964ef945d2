"""Meta's time is kept as evidence, but never believed against the clock of the receiver."""

from datetime import UTC, datetime, timedelta

import pytest

from infrastructure.whatsapp.provider_time import believable_time

RECEIVED = datetime(2026, 11, 18, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=2), timedelta(days=7)], ids=str)
def test_a_time_in_the_past_is_believed(age: timedelta) -> None:
    assert believable_time(RECEIVED - age, RECEIVED) == RECEIVED - age


@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(hours=2)], ids=str)
def test_a_time_in_the_future_is_the_time_of_receipt(ahead: timedelta) -> None:
    assert believable_time(RECEIVED + ahead, RECEIVED) == RECEIVED


def test_a_missing_time_is_the_time_of_receipt() -> None:
    assert believable_time(None, RECEIVED) == RECEIVED
