"""Kill -9 at random moments, process by process, while webhooks come in; then count."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from psycopg import Connection

from domain.identity import TenantId
from domain.ports.vault import Vault
from infrastructure.laboratory.journal import LoadJournal
from infrastructure.laboratory.processes import MARKS, find_process
from infrastructure.laboratory.webhook_load import LoadResult, Target, WebhookLoad

VICTIMS: Final = (*MARKS, "redis", "postgres")
"""The processes that are killed; `postgres` is a server process with its connection."""

PAUSE_S: Final = (0.3, 2.0)
ACKNOWLEDGED_BETWEEN: Final = 100
FLOWING_TIMEOUT_S: Final = 60.0
SETTLE_TIMEOUT_S: Final = 120.0


class Verdict(NamedTuple):
    """What the store holds of what was sent, after everything has come to rest."""

    acknowledged: int
    stored: int
    lost: int
    doubled: int
    foreign: int
    kills: dict[str, int]
    load: LoadResult
    settled_in_s: float

    @property
    def is_clean(self) -> bool:
        """Whether every acknowledged message became exactly one event."""
        return self.lost == 0 and self.doubled == 0 and self.foreign == 0


async def kill_rounds(
    target: Target,
    journal: LoadJournal,
    *,
    home: str,
    supervisor_pid: int,
    rounds: int,
    rate_per_s: float,
    seed: int,
    say: Callable[[str], None],
    acknowledged_between: int = ACKNOWLEDGED_BETWEEN,
) -> tuple[dict[str, int], LoadResult]:
    """Kill once per round under load, each process in turn at a random moment.

    `acknowledged_between` messages must be acknowledged between two kills: each of them hits a hub
    that works.
    """
    chance = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
    load = WebhookLoad(target, journal, rate_per_s=rate_per_s, seed=seed)
    running = asyncio.create_task(load.run())
    kills: Counter[str] = Counter()
    for number in range(1, rounds + 1):
        await _wait_until_flowing(journal, acknowledged_between)
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        victim = VICTIMS[(number - 1) % len(VICTIMS)]
        process_id = await _wait_for(victim, home, supervisor_pid)
        os.kill(process_id, signal.SIGKILL)
        kills[victim] += 1
        say(
            f"round {number:>2}: killed {victim} ({process_id}); "
            f"{len(journal.acknowledged)} messages acknowledged"
        )
    await asyncio.sleep(PAUSE_S[1])
    load.stop()
    return dict(kills), await running


async def _wait_until_flowing(journal: LoadJournal, count: int) -> None:
    wanted = len(journal.acknowledged) + count
    deadline = time.monotonic() + FLOWING_TIMEOUT_S
    while len(journal.acknowledged) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"No webhooks were answered for {FLOWING_TIMEOUT_S:g} s after a kill; "
                "the hub does not come back."
            )
        await asyncio.sleep(0.05)


async def _wait_for(victim: str, home: str, supervisor_pid: int) -> int:
    """The process to kill; one that still starts again is waited for."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = await asyncio.to_thread(find_process, victim, home, supervisor_pid)
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError(f"There is no process {victim} to kill after 60 s; see the hub's log.")


def wait_until_settled(connection: Connection[tuple[object, ...]]) -> float:
    """Wait until the ingest follower has handled the whole inbox; the seconds it took."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_TIMEOUT_S:
        row = connection.execute(
            """
            SELECT coalesce((SELECT max(id) FROM hub.webhook_inbox), 0)
                - (SELECT position FROM read_model.follower_position WHERE name = 'ingest')
            """
        ).fetchone()
        if row is not None and isinstance(row[0], int) and row[0] <= 0:
            return time.monotonic() - began
        time.sleep(0.1)
    raise TimeoutError(f"The inbox was not handled within {SETTLE_TIMEOUT_S:g} s.")


def judge(
    connection: Connection[tuple[object, ...]],
    vault: Vault,
    tenant_id: TenantId,
    target: Target,
    journal: LoadJournal,
    kills: dict[str, int],
    load: LoadResult,
) -> Verdict:
    """Compare the journal of the load with the events of the store (role follow)."""
    settled_in_s = wait_until_settled(connection)
    rows = connection.execute(
        "SELECT originator_id, count(*) FROM hub.events "
        "WHERE tenant_id = %s AND topic = 'message.received.v1' GROUP BY originator_id",
        (tenant_id,),
    ).fetchall()
    stored = {row[0]: row[1] for row in rows}
    ids = {
        wamid: vault.digest_id(tenant_id, "message", f"{target.phone_number_id}\n{wamid}".encode())
        for wamid in journal.sent
    }
    known = set(ids.values())
    return Verdict(
        acknowledged=len(journal.acknowledged),
        stored=len(stored),
        lost=sum(ids[wamid] not in stored for wamid in journal.acknowledged),
        doubled=sum(isinstance(count, int) and count > 1 for count in stored.values()),
        foreign=sum(message_id not in known for message_id in stored),
        kills=kills,
        load=load,
        settled_in_s=settled_in_s,
    )
