"""The measurement of the whole way: every accepted message on every screen, exactly once."""

import pytest

from api.benchmarks.end_to_end import Shown, figures_of, shown_of
from infrastructure.benchmarks.failure import MeasurementFailedError


def test_a_delay_begins_with_the_answer_to_the_webhook() -> None:
    shown = shown_of({7: 10.0, 8: 20.0}, [{7: [10.5], 8: [20.25]}, {7: [11.0], 8: [20.5]}])
    assert shown == Shown(delays_s=[0.5, 0.25, 1.0, 0.5], missing=0)


def test_a_frame_that_is_quicker_than_the_answer_has_no_delay() -> None:
    assert shown_of({7: 10.0}, [{7: [9.9]}]).delays_s == [0.0]


def test_a_message_that_one_screen_never_showed_is_missing() -> None:
    assert shown_of({7: 10.0, 8: 20.0}, [{7: [10.5]}]).missing == 1


def test_a_message_that_was_shown_twice_is_counted_as_well() -> None:
    assert shown_of({7: 10.0}, [{7: [10.5, 10.6]}]) == Shown(delays_s=[0.5], missing=1)


def test_messages_before_the_measurement_do_not_count() -> None:
    assert shown_of({7: 10.0}, [{6: [1.0, 2.0], 7: [10.5]}]).missing == 0


def test_nothing_shown_at_all_is_no_measurement() -> None:
    with pytest.raises(MeasurementFailedError, match="No subscriber was shown a message"):
        shown_of({7: 10.0}, [{}])


def test_the_slowest_hundredth_decides() -> None:
    quick, missing = figures_of(Shown([0.01] * 995 + [5.0] * 5, missing=0))
    assert (quick.name, quick.ok) == ("end-to-end", True)
    assert missing.ok
    slow, missing = figures_of(Shown([0.01] * 980 + [0.3] * 20, missing=1))
    assert not slow.ok
    assert not missing.ok
