"""What a broadcast round comes to: every phone is looked at, and how long things took."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from infrastructure.benchmarks.disk import DiskCommit
from infrastructure.laboratory.crowd import CrowdMember
from infrastructure.simulator.journal import SendRecord

REPLY: Final = "Balasan laboratorium nomor"

UNTOUCHED_S: Final = 10.0
"""So long after a kill replies may wait for the next worker; they are counted apart."""

STALL_S: Final = 0.05
"""The disk stands still where a commit of nothing but one page takes as long as that. What a reply
waits for then is no matter of the hub; such replies are counted apart as well."""

WordsFor = Callable[[CrowdMember], str]


class Reply(NamedTuple):
    """A reply that the lawyer approved at `approved_at` (wall clock)."""

    text: str
    approved_at: float


class RoundResult(NamedTuple):
    """What lies on the phones in the end, and how long things took.

    `plan_s` is the time from the request of the plan to its last event; `latencies_s` from a
    lawyer's approval of a reply to the call at Meta, of replies that no kill was near to and during
    which the disk did not stand still, `stalled_latencies_s` of those during which it did, and
    `harmed_latencies_s` of those near a kill.
    """

    size: int
    state: str
    plan_s: float
    sent_once: int
    missing: int
    doubled: int
    other_words: int
    kills: Mapping[str, int]
    settled_by_person: int
    sending_s: float
    in_a_second_max: int
    replies_missing: int
    latencies_s: Sequence[float]
    stalled_latencies_s: Sequence[float]
    harmed_latencies_s: Sequence[float]

    @property
    def is_clean(self) -> bool:
        """Whether every recipient got exactly its words exactly once."""
        return (
            self.state == "COMPLETED"
            and self.sent_once == self.size
            and not (self.missing or self.doubled or self.other_words)
        )


class Course(NamedTuple):
    """What was done to the hub in a round."""

    state: str
    plan_s: float
    sending_s: float
    kills: Sequence[tuple[str, float]]
    settled_by_person: int
    replies: Sequence[Reply]
    disk: Sequence[DiskCommit]


def judge(
    sends: Sequence[SendRecord],
    members: Sequence[CrowdMember],
    words_for: WordsFor,
    course: Course,
) -> RoundResult:
    """Compare what lies on the phones with what each member was to get."""
    existing = [send for send in sends if exists(send)]
    words = {member.phone.removeprefix("+"): words_for(member) for member in members}
    got: Counter[str] = Counter()
    other_words = 0
    for send in existing:
        if send.text.startswith(REPLY):
            continue
        phone = (send.recipient or "").removeprefix("+")
        got[phone] += 1
        other_words += send.text != words.get(phone)
    called = {send.text: send.at for send in existing}
    calm, stalled, harmed = _latencies(course, called)
    return RoundResult(
        size=len(words),
        state=course.state,
        plan_s=course.plan_s,
        sent_once=sum(got[phone] == 1 for phone in words),
        missing=sum(got[phone] == 0 for phone in words),
        doubled=sum(count > 1 for count in got.values()),
        other_words=other_words,
        kills=Counter(victim for victim, _ in course.kills),
        settled_by_person=course.settled_by_person,
        sending_s=course.sending_s,
        in_a_second_max=_in_a_second([send.at for send in existing]),
        replies_missing=sum(reply.text not in called for reply in course.replies),
        latencies_s=calm,
        stalled_latencies_s=stalled,
        harmed_latencies_s=harmed,
    )


def exists(send: SendRecord) -> bool:
    """Whether Meta has the message."""
    return send.outcome == "accepted"


def _latencies(
    course: Course, called: Mapping[str, float]
) -> tuple[list[float], list[float], list[float]]:
    """Of replies that nothing disturbed, during which the disk stood still, and near a kill."""
    calm: list[float] = []
    stalled: list[float] = []
    harmed: list[float] = []
    stalls = [commit for commit in course.disk if commit.took_s > STALL_S]
    for reply in course.replies:
        if reply.text not in called:
            continue
        latency = called[reply.text] - reply.approved_at
        if any(at - latency <= reply.approved_at <= at + UNTOUCHED_S for _, at in course.kills):
            harmed.append(latency)
        elif any(
            stall.began_at - latency <= reply.approved_at <= stall.began_at + stall.took_s
            for stall in stalls
        ):
            stalled.append(latency)
        else:
            calm.append(latency)
    return sorted(calm), sorted(stalled), sorted(harmed)


def _in_a_second(moments: Sequence[float]) -> int:
    """The most of them that lie in any sliding second."""
    ordered = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
