"""Many messages begin evenly, so that a reply finds a place among them."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.outbound.ease_in import PER_SECOND_MAX, EaseIn


class Moments:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@given(per_second=st.integers(1, PER_SECOND_MAX))
def test_the_first_second_of_many_messages_is_spread_evenly(per_second: int) -> None:
    clock = Moments()
    began, went = clock.now, 0
    ease_in = EaseIn(clock)
    while clock.now - began < 1.0:
        if (wait_s := ease_in.wait_s(per_second)) > 0:
            clock.now += wait_s
            continue
        ease_in.note()
        went += 1
        assert went - 1 <= (clock.now - began) * per_second + 1e-6
    assert per_second - 1 <= went <= per_second + 1


def test_later_nothing_is_held_back_so_that_what_a_stall_has_cost_is_made_up_for() -> None:
    clock = Moments()
    ease_in = EaseIn(clock)
    for _ in range(6):
        ease_in.note()
        clock.now += 0.2
    ease_in.note()
    assert ease_in.wait_s(5) == 0


def test_after_a_second_without_messages_it_is_a_beginning_again() -> None:
    clock = Moments()
    ease_in = EaseIn(clock)
    ease_in.note()
    clock.now += 5
    assert ease_in.wait_s(10) == 0
    ease_in.note()
    assert ease_in.wait_s(10) > 0


def test_a_quick_number_has_places_enough() -> None:
    ease_in = EaseIn(Moments())
    ease_in.note()
    assert ease_in.wait_s(PER_SECOND_MAX + 1) == 0
