"""The standing of a number: the newest word of Meta counts, in whatever order words arrive."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregate import CommandContext
from domain.identity import SenderNumberId
from domain.sender_number import SenderNumber, SenderNumberAdded
from domain.sender_standing import (
    BlockCause,
    Restriction,
    SenderNumberBlocked,
    SenderNumberDailyLimitChanged,
    SenderNumberQualityChanged,
    SenderNumberRestricted,
    SenderNumberThroughputChanged,
    SenderNumberUnblocked,
    StandingEvent,
)
from domain.sender_standing_commands import NoteSenderStanding
from tests.domain.given import OPERATOR, digest
from tests.domain.samples import sample_of

NUMBER = SenderNumberId(UUID(int=7))
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONTEXT = CommandContext(now=START, actor=OPERATOR, digest_body=digest)


def blocked(minute: int, cause: BlockCause = BlockCause.DISABLED) -> SenderNumberBlocked:
    told_at = START + timedelta(minutes=minute)
    return SenderNumberBlocked(sender_number_id=NUMBER, cause=cause, told_at=told_at)


def unblocked(minute: int, cause: BlockCause = BlockCause.DISABLED) -> SenderNumberUnblocked:
    told_at = START + timedelta(minutes=minute)
    return SenderNumberUnblocked(sender_number_id=NUMBER, cause=cause, told_at=told_at)


def number_after(*words: StandingEvent) -> SenderNumber:
    number = SenderNumber.replay(NUMBER, [sample_of(SenderNumberAdded)])
    for word in words:
        NoteSenderStanding(sender_number_id=NUMBER, word=word).execute(number, CONTEXT)
    return number


def test_a_block_holds_until_it_is_lifted() -> None:
    assert number_after(blocked(1)).standing.block is BlockCause.DISABLED
    assert number_after(blocked(1), unblocked(2)).standing.block is None


def test_a_late_word_does_not_undo_a_newer_one() -> None:
    assert number_after(unblocked(2), blocked(1)).standing.block is None
    assert number_after(blocked(2), unblocked(1)).standing.block is BlockCause.DISABLED


def test_of_two_words_from_the_same_second_the_stricter_counts() -> None:
    for words in ((blocked(1), unblocked(1)), (unblocked(1), blocked(1))):
        assert number_after(*words).standing.block is BlockCause.DISABLED


def test_lifting_one_cause_leaves_the_others() -> None:
    number = number_after(
        blocked(1, BlockCause.DISCONNECTED), blocked(1), unblocked(2, BlockCause.DISCONNECTED)
    )
    assert number.standing.block is BlockCause.DISABLED


def test_the_same_word_again_records_nothing() -> None:
    number = number_after(blocked(1))
    recorded = len(number.pending)
    NoteSenderStanding(sender_number_id=NUMBER, word=blocked(1)).execute(number, CONTEXT)
    assert len(number.pending) == recorded


MOMENTS = st.integers(0, 3).map(lambda minute: START + timedelta(minutes=minute))
WORDS: st.SearchStrategy[StandingEvent] = st.one_of(
    st.builds(
        SenderNumberBlocked,
        sender_number_id=st.just(NUMBER),
        cause=st.sampled_from(BlockCause),
        told_at=MOMENTS,
    ),
    st.builds(
        SenderNumberUnblocked,
        sender_number_id=st.just(NUMBER),
        cause=st.sampled_from(BlockCause),
        told_at=MOMENTS,
    ),
    st.builds(
        SenderNumberRestricted,
        sender_number_id=st.just(NUMBER),
        restrictions=st.lists(st.builds(Restriction, kind=st.sampled_from("ab"))).map(tuple),
        told_at=MOMENTS,
    ),
    st.builds(
        SenderNumberThroughputChanged,
        sender_number_id=st.just(NUMBER),
        messages_per_second=st.sampled_from([20, 80, 1000]),
        told_at=MOMENTS,
    ),
    st.builds(
        SenderNumberDailyLimitChanged,
        sender_number_id=st.just(NUMBER),
        recipients_max=st.sampled_from([-1, 250, 2000]),
        told_at=MOMENTS,
    ),
    st.builds(
        SenderNumberQualityChanged,
        sender_number_id=st.just(NUMBER),
        is_flagged=st.booleans(),
        told_at=MOMENTS,
    ),
)


@settings(max_examples=200, deadline=None)
@given(words=st.lists(WORDS, max_size=12), data=st.data())
def test_the_order_in_which_words_arrive_changes_nothing(
    words: list[StandingEvent], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*words, *words]))
    assert number_after(*words).standing == number_after(*shuffled).standing


@pytest.mark.parametrize("word", [blocked(1), unblocked(1)])
def test_replaying_the_events_gives_the_same_standing(word: StandingEvent) -> None:
    number = number_after(word)
    again = SenderNumber.replay(NUMBER, [sample_of(SenderNumberAdded), *number.pending])
    assert again.standing == number.standing
