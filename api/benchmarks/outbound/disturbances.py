"""What sending does when Meta is away, Redis is emptied, or one firm has very much to send."""

import itertools
import time
from typing import Final

from api.benchmarks.outbound.firm import SendingFirm
from api.benchmarks.outbound.stage import Stage, followed, scheduler, worker
from domain.circuit import SENDING
from infrastructure.benchmarks.figure import Figure
from infrastructure.postgres.connections import DatabaseRole, connect, role_url

PACE: Final = 80
OUTAGE_S: Final = 4.0
MESSAGES: Final = 800
BUSY: Final = 10_000
QUIET_FIRMS: Final = 20

_WITHIN_S: Final = 90.0
_COOL_DOWN_S: Final = SENDING.cool_down_s * (1 + SENDING.jitter_share)


def outage_figures(stage: Stage) -> list[Figure]:
    """Let Meta be away for four seconds while a number sends at its limit."""
    firm = stage.firm(level=PACE)
    with followed(stage), scheduler(stage):
        messages = firm.requests(firm.people(200), MESSAGES)
        stage.wait_until_followed()
        stage.graph.tell("reset")
        with worker(stage):
            stage.ring(firm)
            stage.graph.wait_for(2 * PACE, within_s=_WITHIN_S)
            stage.graph.tell("down")
            time.sleep(OUTAGE_S)
            up_at = stage.graph.tell("up")
            journal = stage.graph.wait_for_all(messages, within_s=_WITHIN_S)
    in_flight = 0.1 * PACE
    resumed_s = min(moment for moment, _ in journal.accepted if moment > up_at) - up_at
    return [
        Figure.at_most(
            "outbound outage burnt",
            _burnt_attempts(stage, firm) + journal.wrong(MESSAGES),
            "messages",
            baseline=f"attempts that counted, and messages lost or doubled, of {MESSAGES} in an "
            f"outage of {OUTAGE_S:g} s",
            target=0,
            must=0,
        ),
        Figure.at_most(
            "outbound outage calls",
            len(journal.refused),
            "calls",
            baseline="calls into the dead server, at 80/s and 100 ms",
            target=in_flight + 5,
            must=in_flight + 10,
        ),
        Figure.at_most(
            "outbound outage over",
            resumed_s,
            "s",
            baseline=f"until the first message after it; the cool-down is up to {_COOL_DOWN_S:g} s",
            target=_COOL_DOWN_S + 0.2,
            must=_COOL_DOWN_S + 0.5,
        ),
    ]


def _burnt_attempts(stage: Stage, firm: SendingFirm) -> int:
    url = role_url(stage.settings, stage.servers.database_url, DatabaseRole.FOLLOW)
    with connect(url, name="bench-attempts", autocommit=True) as connection:
        row = connection.execute(
            """
            SELECT count(*) FROM hub.events WHERE tenant_id = %s AND (
                topic = 'outbound.failed.v1' OR (topic = 'outbound.attempt_failed.v1' AND coalesce(
                    (convert_from(state, 'UTF8')::jsonb #>> '{data,is_spent}')::boolean, true)))
            """,
            (firm.tenant_id,),
        ).fetchone()
    return int(row[0]) if row else 0


def empty_redis_figures(stage: Stage) -> list[Figure]:
    """Empty Redis while a number sends at its limit."""
    firm = stage.firm(level=PACE)
    with followed(stage):
        messages = firm.requests(firm.people(200), MESSAGES)
        stage.wait_until_followed()
        stage.graph.tell("reset")
        with worker(stage):
            stage.ring(firm)
            stage.graph.wait_for(2 * PACE, within_s=_WITHIN_S)
            stage.redis.flushall()
            journal = stage.graph.wait_for_all(messages, within_s=_WITHIN_S)
    moments = [moment for moment, _ in journal.accepted]
    gap_s = max(after - before for before, after in itertools.pairwise(moments))
    return [
        Figure.at_most(
            "outbound redis gap",
            gap_s,
            "s",
            baseline="longest silence when Redis is emptied at 80/s",
            target=10,
            must=15,
        ),
        Figure.at_most(
            "outbound redis wrong",
            journal.wrong(MESSAGES),
            "messages",
            baseline=f"lost or doubled of {MESSAGES}",
            target=0,
            must=0,
        ),
    ]


def fairness_figures(stage: Stage) -> list[Figure]:
    """One firm has 10,000 messages due and 20 firms one each, for one worker."""
    busy = stage.firm(level=1000)
    quiet = [stage.firm() for _ in range(QUIET_FIRMS)]
    with followed(stage):
        busy.requests(busy.people(500), BUSY)
        wanted = {str(firm.requests(firm.people(1), 1)[0]) for firm in quiet}
        stage.wait_until_followed()
        stage.graph.tell("reset")
        with worker(stage):
            stage.ring(busy)
            deadline = time.monotonic() + _WITHIN_S
            came: dict[str, float] = {}
            journal = stage.graph.journal()
            while len(came) < QUIET_FIRMS and time.monotonic() < deadline:
                time.sleep(0.1)
                journal = stage.graph.journal()
                came = {
                    callback: moment
                    for moment, callback in journal.accepted
                    if callback.partition(".")[0] in wanted
                }
    waited_s = max(came.values()) - journal.accepted[0][0] if len(came) == QUIET_FIRMS else 1e9
    return [
        Figure.at_most(
            "outbound fairness",
            waited_s * 1000,
            "ms",
            baseline=f"from the first call until the messages of {QUIET_FIRMS} firms were called, "
            f"beside a firm with {BUSY:,} due",
            target=300,
            must=1000,
        )
    ]
