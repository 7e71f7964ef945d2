"""Replies that wait for a killed worker or for a disk that stands still are counted apart."""

import pytest

from infrastructure.benchmarks.disk import DiskCommit
from infrastructure.laboratory.broadcast_result import (
    REPLY,
    STALL_S,
    UNTOUCHED_S,
    Course,
    Reply,
    RoundResult,
    judge,
)
from infrastructure.simulator.journal import SendRecord

APPROVED_AT = 1_000.0
TOOK_S = 0.2


def result_of(
    *, kills: list[tuple[str, float]] | None = None, disk: list[DiskCommit] | None = None
) -> RoundResult:
    """A round with one reply, approved at APPROVED_AT and called TOOK_S later."""
    call = SendRecord(
        sequence=1,
        at=APPROVED_AT + TOOK_S,
        phone_number_id="1",
        body={},
        outcome="accepted",
        text=REPLY,
    )
    course = Course(
        state="COMPLETED",
        plan_s=1.0,
        sending_s=1.0,
        kills=kills or [],
        settled_by_person=0,
        replies=[Reply(REPLY, APPROVED_AT)],
        disk=disk or [],
    )
    return judge([call], [], lambda member: member.name, course)


def test_a_reply_that_nothing_disturbed_counts() -> None:
    result = result_of(disk=[DiskCommit(APPROVED_AT + 0.1, STALL_S / 2)])
    assert len(result.latencies_s) == 1


@pytest.mark.parametrize("began_at", [APPROVED_AT - 0.1, APPROVED_AT + 0.1])
def test_a_reply_during_which_the_disk_stood_still_is_counted_apart(began_at: float) -> None:
    result = result_of(disk=[DiskCommit(began_at, 0.3)])
    assert (result.latencies_s, len(result.stalled_latencies_s)) == ([], 1)


@pytest.mark.parametrize("began_at", [APPROVED_AT - 0.4, APPROVED_AT + TOOK_S + 0.1])
def test_a_disk_that_stood_still_before_or_after_excuses_nothing(began_at: float) -> None:
    assert len(result_of(disk=[DiskCommit(began_at, 0.3)]).latencies_s) == 1


@pytest.mark.parametrize("killed_at", [APPROVED_AT - UNTOUCHED_S + 1, APPROVED_AT + 0.1])
def test_a_reply_near_a_kill_is_counted_apart(killed_at: float) -> None:
    result = result_of(kills=[("outbound", killed_at)])
    assert (result.latencies_s, len(result.harmed_latencies_s)) == ([], 1)
