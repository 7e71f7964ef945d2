"""`hub crash-test`: kill -9 under load, again and again, then count what is there."""

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import AsJson, print_facts
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    from infrastructure.laboratory.kill_rounds import Verdict

app = typer.Typer()


@app.command(name="crash-test")
def crash_test(
    *,
    kills: Annotated[int, typer.Option(help="How often something is killed.", min=1)] = 20,
    rate: Annotated[float, typer.Option(help="Webhooks per second.", min=1, max=1000)] = 100.0,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal courses.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run a hub of its own, kill each of its processes under load, and count lost and doubled.

    The load keeps a journal on disk of what was acknowledged; exit status 1 if anything was lost or
    doubled.
    """
    with tempfile.TemporaryDirectory(
        prefix="hub-crash-test-", ignore_cleanup_errors=True
    ) as folder:
        verdict = asyncio.run(
            _run(Path(folder), kills=kills, rate=rate, seed=seed, is_quiet=as_json)
        )
    latencies = sorted(verdict.load.latencies_s)
    facts = {
        "seed": seed,
        "kills": verdict.kills,
        "webhooks_answered_200": len(latencies),
        "answered_otherwise": verdict.load.refused,
        "connections_lost": verdict.load.lost_connections,
        "messages_acknowledged": verdict.acknowledged,
        "messages_stored": verdict.stored,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "foreign": verdict.foreign,
        "ack_p50_ms": round(1000 * latencies[len(latencies) // 2], 1) if latencies else None,
        "inbox_empty_after_s": round(verdict.settled_in_s, 2),
    }
    print_facts(facts, as_json=as_json)
    if not verdict.is_clean:
        raise CommandFailedError(
            f"{verdict.lost} messages were lost, {verdict.doubled} doubled, {verdict.foreign} are "
            f"unknown to the load. Run again with --seed {seed} to see the same course."
        )


async def _run(home: Path, *, kills: int, rate: float, seed: int, is_quiet: bool) -> "Verdict":
    import os

    from api.demo.stage import Firm, seed_firm
    from infrastructure.laboratory.journal import LoadJournal
    from infrastructure.laboratory.kill_rounds import judge, kill_rounds
    from infrastructure.laboratory.webhook_load import Target
    from infrastructure.postgres.connections import DatabaseRole
    from infrastructure.running_servers import running_servers
    from infrastructure.settings import Settings
    from infrastructure.simulator.configuration import (
        DEFAULT_APP_SECRET,
        DEFAULT_DISPLAY_PHONE_NUMBER,
        DEFAULT_PHONE_NUMBER_ID,
        DEFAULT_WABA_ID,
    )
    from infrastructure.supervision.launch import launched_hub
    from infrastructure.wiring import open_store

    settings = Settings.from_environment({**os.environ, "HUB_HOME": str(home)})
    with running_servers(settings) as servers:
        firm: Firm = seed_firm(settings, graph_url="http://127.0.0.1:9")
        journal = LoadJournal(home / "load.journal")
        with launched_hub(home) as hub:
            target = Target(
                url=f"{hub.base_url}/webhooks/whatsapp",
                app_secret=DEFAULT_APP_SECRET,
                waba_id=DEFAULT_WABA_ID,
                phone_number_id=DEFAULT_PHONE_NUMBER_ID,
                display_phone=DEFAULT_DISPLAY_PHONE_NUMBER,
            )
            counts, load = await kill_rounds(
                target,
                journal,
                home=str(home),
                supervisor_pid=hub.process.pid,
                rounds=kills,
                rate_per_s=rate,
                seed=seed,
                say=(lambda _: None) if is_quiet else _say,
            )
            with (
                open_store(
                    settings, servers.database_url, DatabaseRole.FOLLOW, connections_max=2
                ) as store,
                store.pool.connection() as connection,
            ):
                connection.set_autocommit(True)
                verdict = judge(
                    connection, store.vault, firm.tenant_id, target, journal, counts, load
                )
        journal.close()
    return verdict


def _say(line: str) -> None:
    print(line, flush=True)
