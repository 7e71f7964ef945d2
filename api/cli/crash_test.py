"""`hub crash-test`: a hub of its own under load and misfortune, again and again, then judged."""

import asyncio
import secrets
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.output import AsJson, print_facts, print_json
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    from api.laboratory.course import Result
    from infrastructure.laboratory.kill_rounds import Verdict

app = typer.Typer()

SEED_MAX: Final = 1_000_000
REBUILDS: Final = 2


class Plan(StrEnum):
    """What happens to the hub."""

    EVERYTHING = "everything"
    FAILPOINTS = "failpoints"
    WEBHOOKS = "webhooks"
    REBUILD = "rebuild"


@app.command(name="crash-test")
def crash_test(
    *,
    plan: Annotated[
        Plan,
        typer.Option(
            help="everything: all misfortunes, with replies going out; failpoints: a kill at each "
            "failpoint once, three at a time; webhooks: random kills under inbound load alone; "
            "rebuild: no harm, but all read models made anew while everybody works, and no look "
            "at a screen fails."
        ),
    ] = Plan.EVERYTHING,
    kills: Annotated[int, typer.Option(help="How many misfortunes happen.", min=1)] = 20,
    rate: Annotated[
        float | None,
        typer.Option(help="Webhooks per second: 10, or 100 for webhooks.", min=1, max=1000),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Equal seeds give equal courses; drawn and printed if unset.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Harm a hub of its own while messages flow, then compare what it holds with what is true.

    The load keeps a journal on disk of what was acknowledged, and the simulated Graph API one of
    what it received. Exit status 1 if anything was lost, doubled, forbidden or stuck.
    """
    if seed is None:
        seed = secrets.randbelow(SEED_MAX)
        if not as_json:
            _say(f"seed {seed}")
    with tempfile.TemporaryDirectory(
        prefix="hub-crash-test-", ignore_cleanup_errors=True
    ) as folder:
        home = Path(folder)
        if plan is Plan.WEBHOOKS:
            _report_webhooks(
                asyncio.run(
                    _webhooks(home, kills=kills, rate=rate or 100.0, seed=seed, is_quiet=as_json)
                ),
                seed,
                as_json=as_json,
            )
            return
        result = asyncio.run(
            _course(home, plan, kills=kills, rate=rate or 10.0, seed=seed, is_quiet=as_json)
        )
    _report(result, plan, as_json=as_json)


async def _course(
    home: Path, plan: Plan, *, kills: int, rate: float, seed: int, is_quiet: bool
) -> "Result":
    from api.laboratory.course import Course, every_failpoint, planned
    from api.laboratory.site import crash_site
    from infrastructure.laboratory.faults import REBUILD

    if plan is Plan.FAILPOINTS:
        happenings = every_failpoint(seed)
    elif plan is Plan.REBUILD:
        happenings = [(REBUILD,)] * REBUILDS
    else:
        happenings = planned(kills, seed)
    async with crash_site(home, seed=seed) as crash:
        say = (lambda _: None) if is_quiet else _say
        course = Course(crash, seed=seed, rate_per_s=rate, say=say, is_read=plan is Plan.REBUILD)
        return await course.run(happenings)


def _report(result: "Result", plan: Plan, *, as_json: bool) -> None:
    import msgspec

    if as_json:
        print_json(msgspec.to_builtins(result))
    else:
        facts = msgspec.to_builtins(result)
        facts["misfortunes"] = len(result.misfortunes)
        facts["not_met"] = ", ".join(result.not_met) or "none"
        facts["violations"] = len(result.violations)
        print_facts(facts, as_json=False)
    if result.violations:
        raise CommandFailedError(
            "\n".join(
                [
                    *result.violations,
                    f"Run again with --plan {plan} --seed {result.seed} to see the same course.",
                ]
            )
        )


def _report_webhooks(verdict: "Verdict", seed: int, *, as_json: bool) -> None:
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


async def _webhooks(home: Path, *, kills: int, rate: float, seed: int, is_quiet: bool) -> "Verdict":
    from api.laboratory.site import crash_site
    from infrastructure.laboratory.journal import LoadJournal
    from infrastructure.laboratory.kill_rounds import judge, kill_rounds
    from infrastructure.postgres.connections import DatabaseRole
    from infrastructure.wiring import open_store

    async with crash_site(home) as crash:
        journal = LoadJournal(home / "load.journal")
        counts, load = await kill_rounds(
            crash.target,
            journal,
            home=str(home),
            supervisor_pid=crash.site.supervisor_pid,
            rounds=kills,
            rate_per_s=rate,
            seed=seed,
            say=(lambda _: None) if is_quiet else _say,
        )
        with (
            open_store(
                crash.settings, crash.database_url, DatabaseRole.FOLLOW, connections_max=2
            ) as store,
            crash.looking() as connection,
        ):
            verdict = judge(
                connection,
                store.vault,
                crash.firm.tenant_id,
                crash.target,
                journal,
                counts,
                load,
            )
        journal.close()
    return verdict


def _say(line: str) -> None:
    print(line, flush=True)
