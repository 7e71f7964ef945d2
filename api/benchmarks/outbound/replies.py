"""A reply of a lawyer while a broadcast goes out: from the approval to the call."""

import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final, NamedTuple

from api.benchmarks.outbound.firm import REPLY_SCOPES, Person, SendingFirm
from api.benchmarks.outbound.stage import Stage, followers, worker
from domain.body_digest import body_digest
from domain.draft import WriteReply
from domain.identity import DraftId, outbound_id_after
from domain.outbound_body import TextBody
from infrastructure.benchmarks.disk import disk_commits
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.unique_ids import new_id
from projections import PROJECTIONS

PACE: Final = 80
REPLIES: Final = 200
EVERY_S: Final = 0.15
MESSAGES: Final = 3_500

DISK_P99_S_MAX: Final = 0.05
ROUNDS_MAX: Final = 3

_WITHIN_S: Final = 60.0


class Round(NamedTuple):
    """How long the replies took, and meanwhile commits on the disk by themselves, in seconds."""

    delays_s: list[float]
    disk_s: list[float]

    @property
    def disk_p99_s(self) -> float:
        """How long a commit on the disk by itself took."""
        return _p99(self.disk_s)


def reply_figures(stage: Stage) -> list[Figure]:
    """Approve replies while a broadcast goes out at 80/s, with all followers of a hub at work.

    A reply waits for two commits, so a round says nothing of the hub where the disk itself stands
    still. Such a round is repeated; what counts is the round in which the disk was quickest,
    whatever the replies took.
    """
    rounds: list[Round] = []
    while len(rounds) < ROUNDS_MAX:
        rounds.append(_round(stage))
        if rounds[-1].disk_p99_s <= DISK_P99_S_MAX:
            break
    return figures_of(rounds)


def figures_of(rounds: Sequence[Round]) -> list[Figure]:
    """The replies of the round in which the disk was quickest; the others are told as well."""
    best = min(rounds, key=lambda each: each.disk_p99_s)
    others = [
        f"; left out: a round with the disk at {each.disk_p99_s * 1000:.0f} ms p99, "
        f"replies {_p99(each.delays_s) * 1000:.0f} ms p99"
        for each in rounds
        if each is not best
    ]
    return [
        Figure.at_most(
            "outbound reply",
            _p99(best.delays_s) * 1000,
            "ms p99",
            baseline=f"from the approval to the call during a broadcast at {PACE}/s, "
            f"{REPLIES} replies; median {median(best.delays_s) * 1000:.0f} ms; a commit on this "
            f"disk by itself, meanwhile: {best.disk_p99_s * 1000:.0f} ms p99, at most "
            f"{max(best.disk_s) * 1000:.0f} ms{''.join(others)}",
            target=100,
            must=150,
        )
    ]


def _p99(times_s: list[float]) -> float:
    return quantiles(times_s, n=100)[98]


def _round(stage: Stage) -> Round:
    firm = stage.firm(level=PACE)
    people, clients = firm.people(400), firm.people(REPLIES)
    with followers(stage):
        broadcast = firm.requests(people, MESSAGES)
        # What was measured before is no part of the broadcast: it is followed up by then.
        stage.wait_until_followed(["policies", *(each.name for each in PROJECTIONS)])
        stage.come_to_rest()
        stage.graph.tell("reset")
        with worker(stage):
            stage.ring(firm)
            stage.graph.wait_for(2 * PACE, within_s=_WITHIN_S)
            with disk_commits(stage.settings.home) as commits:
                approved = _approved(stage, firm, clients)
            deadline = time.monotonic() + _WITHIN_S
            delays_s: list[float] = []
            while len(delays_s) < REPLIES and time.monotonic() < deadline:
                time.sleep(0.2)
                delays_s = [
                    moment - approved[key]
                    for moment, callback in stage.graph.journal().accepted
                    if (key := callback.partition(".")[0]) in approved
                ]
            # What is left of the broadcast would be sent during the next measurement.
            stage.graph.wait_for_all(broadcast, within_s=_WITHIN_S)
    if len(delays_s) < REPLIES:
        raise MeasurementFailedError(f"Only {len(delays_s)} of {REPLIES} replies were called.")
    return Round(delays_s, [commit.took_s for commit in commits])


def _approved(stage: Stage, firm: SendingFirm, people: list[Person]) -> dict[str, float]:
    """Write a reply to each of the people while the broadcast goes out; when each was approved."""
    body = TextBody(text="Baik, besok pukul sembilan.")
    digest = body_digest(stage.store.vault, firm.tenant_id, body)
    approved: dict[str, float] = {}
    for person in people:
        draft_id = DraftId(new_id())
        command = WriteReply(
            draft_id=draft_id,
            conversation_id=person.conversation_id,
            contact_id=person.contact_id,
            body=body,
            body_digest=digest,
        )
        approved[str(outbound_id_after(draft_id))] = time.monotonic()
        stage.store.hub.handle(command, firm.provenance(), REPLY_SCOPES)
        time.sleep(EVERY_S)
    return approved
