"""`hub demo`: the product with a seeded firm and a simulated WhatsApp."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import AsJson, load_settings, print_json
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    from api.demo.stage import Stage
    from api.demo.story import StepDone, Story

app = typer.Typer()


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option(help="Play one consultation and end: 0 only if every step happened.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the product with a firm to try it; with --once play one consultation and end."""
    from infrastructure.simulator import SimulatorNotStarted
    from infrastructure.supervision.launch import HubNotReadyError

    try:
        with _home(once=once) as home:
            asyncio.run(_once(home, as_json=as_json) if once else _keep(home))
    except (HubNotReadyError, SimulatorNotStarted) as error:
        raise CommandFailedError(f"The demo could not be set up. {error}") from error


@contextlib.contextmanager
def _home(*, once: bool) -> Iterator[Path]:
    """A home of the demo's own: a new one each time, unless HUB_HOME names one."""
    named = os.environ.get("HUB_HOME", "").strip()
    if named and not once:
        home = Path(named).expanduser().absolute()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="hub-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


async def _once(home: Path, *, as_json: bool) -> None:
    from api.demo.stage import set_stage
    from api.demo.story import Story, StoryFailed

    async with set_stage(home, port=None) as stage:
        story = Story(stage, tell=(lambda _: None) if as_json else _tell)
        failure: str | None = None
        try:
            await story.play()
        except StoryFailed as error:
            failure = f"{error.step}: {error.reason}"
        except Exception as error:  # noqa: BLE001 - whatever broke, the story did not complete
            failure = f"{type(error).__name__}: {error}"
        if as_json:
            _print_story(story, failure)
        if failure is not None:
            raise CommandFailedError(
                f"The demo did not complete. {failure}. "
                f"What the processes said last:\n{_log_end(stage)}"
            )
    if not as_json:
        print("\nEvery step happened.")


def _tell(step: "StepDone") -> None:
    print(f"[{step.seconds:6.2f} s] {step.name}")
    for line in step.lines:
        for part in line.splitlines() or [""]:
            print(f"            {part}")


def _print_story(story: "Story", failure: str | None) -> None:
    print_json({"completed": failure is None, "failure": failure, "steps": story.steps})


def _log_end(stage: "Stage", lines: int = 15) -> str:
    text = stage.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(text[-lines:])


async def _keep(home: Path) -> None:
    import signal

    from api.demo.stage import set_stage
    from api.demo.story import SCENARIO
    from infrastructure.simulator.configuration import DEFAULT_VERIFY_TOKEN

    settings = load_settings()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with set_stage(home, port=settings.port) as stage:
        await stage.simulator.set_callback(stage.callback_url, DEFAULT_VERIFY_TOKEN)
        await stage.simulator.start_scenario(SCENARIO)
        _print_invitation(stage)
        await stopped.wait()
        print("\nStopping …", flush=True)


def _print_invitation(stage: "Stage") -> None:
    from api.demo import documents

    print(f"\nGraphiQL         {stage.base_url}/graphql")
    for role, token in stage.firm.tokens.items():
        print(f"{role.value:<16} {token}")
    print(f"simulator        {stage.simulator_url}/simulator")
    print('\nIn GraphiQL, under "Headers", put one of the tokens:')
    print('  {"Authorization": "Bearer lh_live_…"}')
    print("A client, Sri, is writing at this moment. Queries to paste:")
    for document in (documents.CONVERSATIONS, documents.DRAFT_QUEUE, documents.EVENT_HISTORY):
        print(document.rstrip())
    print("\nThen, with the id and version from the draft queue:")
    print(documents.APPROVE_DRAFT.rstrip())
    print(
        '{"input": {"draftId": "…", "expectedVersion": 1, "idempotencyKey": "try-1", '
        '"editedText": "… sewa ruko …"}}'
    )
    print("\nCtrl-C stops everything.", flush=True)
