"""Plays scenarios: a scripted person lives in the simulator and reacts to what arrives."""

import asyncio
import itertools
import logging
from collections import Counter
from typing import Literal

import msgspec

from infrastructure.simulator.inbound import InboundRefused
from infrastructure.simulator.people import Person, PersonUnknown, ReceivedMessage
from infrastructure.simulator.scenario import (
    AnswerQuestions,
    Pause,
    Press,
    Read,
    Reply,
    Say,
    Scenario,
    Step,
    Wait,
)
from infrastructure.simulator.simulator import Simulator, choice_in

_LOGGER = logging.getLogger(__name__)


class TranscriptLine(msgspec.Struct, kw_only=True):
    """One line of the dialogue as the person saw it."""

    at: float
    by: Literal["person", "business"]
    text: str


class ScenarioProgress(msgspec.Struct, kw_only=True):
    """How far a scenario has come. ``step`` counts from 1; 0 means that it has not begun."""

    run_id: str
    title: str
    person: str
    state: Literal["running", "finished", "failed", "stopped"]
    step: int
    steps: int
    doing: str
    error: str | None
    answered: dict[str, int]
    transcript: list[TranscriptLine]


class ScenarioFailed(Exception):
    """The dialogue went another way; the message says which step and what arrived instead."""


class ScenarioRun:
    """One scripted person on the way through a scenario."""

    def __init__(
        self, run_id: str, simulator: Simulator, scenario: Scenario, phone_number_id: str | None
    ) -> None:
        self._simulator = simulator
        self._scenario = scenario
        self._phone_number_id = simulator.accounts.number_or_only(phone_number_id).phone_number_id
        self._person = self._find_or_add_person()
        # Messages of before belong to an earlier dialogue.
        self._handled = len(self._person.inbox)
        # Neither question nor expected: messages do not arrive in the order of sending, so these
        # may be what a later step waits for.
        self._aside: list[ReceivedMessage] = []
        self._answered: Counter[str] = Counter()
        self.progress = ScenarioProgress(
            run_id=run_id,
            title=scenario.title,
            person=self._person.key,
            state="running",
            step=0,
            steps=len(scenario.steps),
            doing="",
            error=None,
            answered={},
            transcript=[],
        )

    async def play(self) -> None:
        """Go through all steps; the outcome stands in ``progress``."""
        progress = self.progress
        try:
            for number, step in enumerate(self._scenario.steps, start=1):
                progress.step, progress.doing = number, step.described()
                self._simulator.journal.changed()
                await self._do(step)
            progress.state, progress.doing = "finished", ""
        except (ScenarioFailed, InboundRefused) as failure:
            progress.state = "failed"
            progress.error = f"Step {progress.step} of {progress.steps}: {failure}"
        except asyncio.CancelledError:
            progress.state = "stopped"
            raise
        finally:
            self._simulator.journal.changed()

    async def _do(self, step: Step) -> None:
        match step:
            case Say():
                await self._say(step.text)
            case Press():
                await self._press(step.title)
            case Wait():
                await self._wait(step)
            case AnswerQuestions():
                await self._answer_questions(step)
            case Read():
                self._simulator.statuses.read(self._person)
            case Pause():
                await self._simulator.clock.sleep(step.seconds)

    async def _wait(self, step: Wait) -> None:
        for earlier in self._aside:
            if step.until.fits(earlier):
                self._aside.remove(earlier)
                return
        deadline = self._simulator.clock.now() + step.timeout_seconds
        while True:
            message = await self._next_message(deadline)
            if message is None:
                raise ScenarioFailed(
                    f"no {step.until.described()[2:]} arrived within {step.timeout_seconds:g} s. "
                    + self._last_messages()
                )
            if step.until.fits(message):
                return
            await self._answer(message, None)

    async def _answer_questions(self, step: AnswerQuestions) -> None:
        deadline = self._simulator.clock.now() + step.timeout_seconds
        answered = 0
        while True:
            quiet_at = self._simulator.clock.now() + step.quiet_seconds
            enough = answered >= step.at_least
            message = await self._next_message(min(deadline, quiet_at) if enough else deadline)
            if message is None:
                if enough:
                    return
                raise ScenarioFailed(
                    f"only {answered} of at least {step.at_least} questions came within "
                    f"{step.timeout_seconds:g} s. " + self._last_messages()
                )
            if step.until.fits(message):
                return
            answered += await self._answer(message, step.fallback)

    async def _answer(self, message: ReceivedMessage, fallback: str | None) -> bool:
        """Answer a question if there is an answer to it; tells whether there was."""
        for reply in self._scenario.answers:
            if self._answered[reply.topic] < reply.times and reply.when.fits(message):
                self._answered[reply.topic] += 1
                self.progress.answered = dict(self._answered)
                await self._give(reply, message)
                return True
        if fallback is not None and ("?" in message.text or message.choices):
            await self._say(fallback)
            return True
        self._aside.append(message)
        return False

    async def _give(self, reply: Reply, message: ReceivedMessage) -> None:
        title = reply.press
        if title is not None and choice_in(message, title=title) is not None:
            await self._press(title)
        else:
            await self._say(reply.say)

    async def _say(self, text: str) -> None:
        await self._before_writing()
        self._simulator.say(self._person, text, phone_number_id=self._phone_number_id)
        self._note("person", text)

    async def _press(self, title: str) -> None:
        await self._before_writing()
        self._simulator.press(self._person, title=title)
        self._note("person", f"[{title}]")

    async def _before_writing(self) -> None:
        await self._simulator.clock.sleep(self._scenario.typing_seconds)
        if self._scenario.reads_before_writing:
            self._simulator.statuses.read(self._person)

    async def _next_message(self, deadline: float) -> ReceivedMessage | None:
        """The next message that has not been reacted to; None when the time is up."""
        while self._handled >= len(self._person.inbox):
            rest = deadline - self._simulator.clock.now()
            if rest <= 0 or not await self._change_within(rest):
                return None
        message = self._person.inbox[self._handled]
        self._handled += 1
        self._note("business", message.text + _shown_choices(message))
        return message

    async def _change_within(self, seconds: float) -> bool:
        change = asyncio.create_task(self._simulator.journal.next_change())
        timer = asyncio.create_task(self._simulator.clock.sleep(seconds))
        try:
            await asyncio.wait({change, timer}, return_when=asyncio.FIRST_COMPLETED)
            return change.done() or self._handled < len(self._person.inbox)
        finally:
            change.cancel()
            timer.cancel()

    def _find_or_add_person(self) -> Person:
        config = self._scenario.person
        try:
            return self._simulator.people.get(config.key)
        except PersonUnknown:
            return self._simulator.people.add(config)

    def _note(self, by: Literal["person", "business"], text: str) -> None:
        self.progress.transcript.append(
            TranscriptLine(at=self._simulator.clock.now(), by=by, text=text)
        )
        self._simulator.journal.changed()

    def _last_messages(self) -> str:
        texts = [line.text for line in self.progress.transcript if line.by == "business"][-3:]
        if not texts:
            return "Nothing has arrived at all."
        return "The last messages were: " + " | ".join(repr(text) for text in texts)


class ScenarioPlayer:
    """All scenarios that were started in one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._numbers = itertools.count(1)
        self._runs: dict[str, ScenarioRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, scenario: Scenario, phone_number_id: str | None = None) -> ScenarioProgress:
        """Begin to play. Raises KeyError or PersonInvalid when it cannot begin."""
        run_id = f"run-{next(self._numbers)}"
        run = ScenarioRun(run_id, self._simulator, scenario, phone_number_id)
        self._runs[run_id] = run
        task = asyncio.create_task(run.play())
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(run, done))
        return run.progress

    def progress(self, run_id: str) -> ScenarioProgress:
        """How far a run has come. Raises KeyError with a sentence."""
        if run_id not in self._runs:
            known = ", ".join(self._runs) or "none"
            raise KeyError(f"There is no run {run_id!r}. Known: {known}.")
        return self._runs[run_id].progress

    def all(self) -> list[ScenarioProgress]:
        """All runs, oldest first."""
        return [run.progress for run in self._runs.values()]

    def _ended(self, run: ScenarioRun, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            run.progress.state = "failed"
            run.progress.error = f"The simulator itself failed: {failure!r}"
            _LOGGER.error("A scenario could not be played", exc_info=failure)
            self._simulator.journal.changed()

    async def close(self) -> None:
        """Stop everybody in the middle of whatever they do."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _shown_choices(message: ReceivedMessage) -> str:
    return "".join(f" [{title}]" for title in message.choices.values())
