"""`hub broadcast-test`: a broadcast whose workers are killed, counted at the phones."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.output import AsJson, print_facts
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infrastructure.laboratory.broadcast_result import RoundResult
    from infrastructure.laboratory.broadcast_round import Kills

app = typer.Typer()

_BEGAN: Final = time.monotonic()

_PLANNING, _RELEASING = "planning", "releasing"
_KILLS = (
    (_PLANNING, "bulk"),
    ("sending", "outbound"),
    (_RELEASING, "bulk"),
    ("sending", "outbound"),
    ("sending", "follow"),
    ("sending", "schedule"),
    ("sending", "serve"),
)
"""Who is killed when, in turn; after the last of them the sender, again and again."""


@app.command(name="broadcast-test")
def broadcast_test(
    *,
    recipients: Annotated[
        int, typer.Option("--recipients", "--size", help="How many contacts get a message.", min=1)
    ] = 500,
    kills: Annotated[int, typer.Option(help="How often a process is killed.", min=0)] = 4,
    reply_every_s: Annotated[
        float, typer.Option(help="Seconds between two replies of the lawyer.", min=0.1)
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal courses.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run a hub of its own, send a broadcast while workers are killed, and look at every phone.

    A lawyer replies to contacts meanwhile. Exit status 1 unless each contact got exactly its words,
    exactly once. A message that was in doubt in the end, because its worker died between the
    attempt and the call, is settled by a person who looks at the phone, as in life.
    """
    with tempfile.TemporaryDirectory(
        prefix="hub-broadcast-test-", ignore_cleanup_errors=True
    ) as folder:
        result = asyncio.run(
            _run(Path(folder), recipients, kills, reply_every_s, seed, is_quiet=as_json)
        )
    print_facts(facts_of(result, seed), as_json=as_json)
    if not result.is_clean:
        raise CommandFailedError(
            f"{result.missing} contacts got nothing, {result.doubled} got it twice, "
            f"{result.other_words} got other words; the broadcast is {result.state}. "
            f"Run again with --seed {seed} to see the same course."
        )


def facts_of(result: "RoundResult", seed: int) -> dict[str, object]:
    """What the command prints."""
    latencies = result.latencies_s
    return {
        "seed": seed,
        "recipients": result.size,
        "state": result.state,
        "planned_in_s": round(result.plan_s, 2),
        "sent_in_s": round(result.sending_s, 1),
        "kills": dict(result.kills),
        "sent_once": result.sent_once,
        "missing": result.missing,
        "doubled": result.doubled,
        "other_words": result.other_words,
        "settled_by_a_person": result.settled_by_person,
        "in_a_second_max": result.in_a_second_max,
        "replies": len(latencies),
        "replies_missing": result.replies_missing,
        "reply_p50_ms": _milliseconds(latencies, 0.5),
        "reply_p99_ms": _milliseconds(latencies, 0.99),
        "replies_while_the_disk_stood_still": len(result.stalled_latencies_s),
        "longest_of_these_ms": _milliseconds(result.stalled_latencies_s, 1.0),
        "replies_near_a_kill": len(result.harmed_latencies_s),
        "longest_reply_near_a_kill_ms": _milliseconds(result.harmed_latencies_s, 1.0),
    }


def kills_of(number: int) -> "Kills":
    """The first kills of the table, and the sender again after its end."""
    from infrastructure.laboratory.broadcast_round import Kills

    wanted = list(_KILLS[:number])
    wanted += [("sending", "outbound")] * (number - len(wanted))
    return Kills(
        planning=[victim for part, victim in wanted if part == _PLANNING],
        releasing=[victim for part, victim in wanted if part == _RELEASING],
        sending=[victim for part, victim in wanted if part == "sending"],
    )


def _milliseconds(latencies: "Sequence[float]", share: float) -> float | None:
    if not latencies:
        return None
    return round(1000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))], 1)


async def _run(
    home: Path, size: int, kills: int, reply_every_s: float, seed: int, *, is_quiet: bool
) -> "RoundResult":
    import os

    from api.graphql.ids import global_id
    from infrastructure.laboratory.broadcast_stage import LaboratoryHub, broadcast_stage
    from infrastructure.postgres.connections import DatabaseRole
    from infrastructure.postgres.migrate import migrate
    from infrastructure.running_servers import running_servers
    from infrastructure.settings import Settings
    from infrastructure.supervision.launch import launched_hub
    from infrastructure.wiring import open_store

    environment = {**os.environ, "HUB_HOME": str(home), "HUB_WORK_SWEEP_INTERVAL_S": "2"}
    settings = Settings.from_environment(environment)
    with running_servers(settings) as servers:
        migrate(servers.database_url, settings)
        with (
            launched_hub(home, environment=environment) as hub,
            open_store(
                settings, servers.database_url, DatabaseRole.SERVE, connections_max=2
            ) as store,
        ):
            laboratory = LaboratoryHub(hub.base_url, hub.process.pid, store, servers.database_url)
            async with broadcast_stage(
                laboratory, size=size, seed=seed, global_id=global_id
            ) as round_:
                return await round_.run(
                    kills=kills_of(kills),
                    reply_every_s=reply_every_s,
                    say=(lambda _: None) if is_quiet else _say,
                )


def _say(line: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {line}", flush=True)
