"""The story of the demo, step by step. Every step looks at the real surfaces and can fail."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from api.demo import documents
from api.demo.stage import Stage
from domain.scopes import Role
from infrastructure.simulator.configuration import DEFAULT_VERIFY_TOKEN
from infrastructure.simulator.screen import Screen

SCENARIO: Final = "sewa_ruko"
STEP_TIMEOUT_S: Final = 60.0
POLL_S: Final = 0.05

BRANCH_TOPIC: Final = "tenggat-waktu"
"""The question that only a contact with a deadline is asked."""

LAWYERS_OWN_WORDS: Final = (
    "\n\nKami sudah mencatat pembatalan sewa ruko Anda. Mohon siapkan perjanjian sewa dan "
    "kuitansinya; advokat kami meninjau berkas tersebut terlebih dahulu.\n\n"
    "Salam,\nSari Anggraini"
)

EXPECTED_TOPICS: Final = (
    "message.received.v1",
    "contact.identified.v1",
    "conversation.started.v1",
    "intake.started.v1",
    "intake.question_asked.v1",
    "intake.consent_given.v1",
    "contact.consent_granted.v1",
    "intake.question_answered.v1",
    "intake.completed.v1",
    "assessment.recorded.v1",
    "draft.suggested.v1",
    "draft.approved.v1",
    "outbound.requested.v1",
    "outbound.attempt_started.v1",
    "outbound.sent.v1",
    "message.status_received.v1",
    "outbound.status_updated.v1",
)
"""What the event history must show of a consultation."""

T = TypeVar("T")


class StoryFailed(Exception):
    """A step did not happen. `step` names it, the message says what was missing."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """A step that happened; `seconds` since the story began."""

    name: str
    seconds: float
    lines: tuple[str, ...] = ()
    facts: dict[str, Any] = {}


class Story:
    """Plays one consultation and reports each step as it happened."""

    def __init__(self, stage: Stage, tell: Callable[[StepDone], None]) -> None:
        self._stage = stage
        self._tell = tell
        self._began = time.monotonic()
        self._activities: list[dict[str, Any]] = []
        self._drafts_at: dict[str, float] = {}
        self.steps: list[StepDone] = []

    async def play(self) -> None:
        """Play the whole story. Raises StoryFailed naming the step that did not happen."""
        tokens = self._stage.firm.tokens
        async with (
            Screen(self._stage.base_url, tokens[Role.LAWYER]) as lawyer,
            Screen(self._stage.base_url, tokens[Role.AUDITOR]) as auditor,
        ):
            await self._sign_in(lawyer, auditor)
            following = asyncio.create_task(self._follow(lawyer))
            try:
                await self._connect_whatsapp()
                await self._subscribe(following)
                run_id = await self._client_writes()
                await self._consent(run_id)
                await self._answers(run_id)
                conversation = await self._assessment(lawyer)
                draft = await self._draft_arrives(following)
                words = await self._approve(lawyer, draft)
                await self._sent_as_approved(words)
                await self._delivered(lawyer, conversation, words)
                await self._client_is_done(run_id)
                await self._timeline(lawyer, conversation)
                await self._history(auditor)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    # --- WhatsApp and the screens ----------------------------------------------------------------

    async def _sign_in(self, *screens: Screen) -> None:
        """A hub that has just begun knows the firm's tokens a moment after it answers."""
        for screen in screens:
            await self._until("sign-in", screen.is_known, "a member's token was not known")

    async def _connect_whatsapp(self) -> None:
        step = "handshake"
        simulator = self._stage.simulator
        handshake = await simulator.set_callback(self._stage.callback_url, DEFAULT_VERIFY_TOKEN)
        if not handshake.verified:
            raise StoryFailed(step, f"Meta's handshake was not answered: {handshake.detail}")
        self._done(step, "WhatsApp greets the hub, the hub answers the challenge.")

    async def _follow(self, lawyer: Screen) -> None:
        async for data in lawyer.follow(documents.ACTIVITY):
            item = data["activity"]
            self._activities.append(item)
            draft = item.get("draft")
            if draft and draft["state"] == "SUGGESTED":
                self._drafts_at.setdefault(draft["id"], time.monotonic())

    async def _subscribe(self, following: "asyncio.Task[None]") -> None:
        step = "subscription"
        await self._until(step, self._first_activity, "no position on the live stream", following)
        self._done(step, "Sari, the lawyer, opens her screen: the live stream is on.")

    async def _first_activity(self) -> bool:
        return bool(self._activities)

    # --- the client ------------------------------------------------------------------------------

    async def _client_writes(self) -> str:
        step = "first message"
        simulator = self._stage.simulator
        run = await simulator.start_scenario(SCENARIO)

        async def acknowledged() -> Any:
            deliveries = await simulator.deliveries()
            return next((each for each in deliveries if each.answer_status == _OK), None)

        await self._until(step, acknowledged, "no webhook was answered with 200")
        transcript = (await simulator.scenario(run.run_id)).transcript
        self._done(step, *[f"Sri: {line.text}" for line in transcript if line.by == "person"][:1])
        return run.run_id

    async def _consent(self, run_id: str) -> None:
        step = "consent"

        async def asked_and_agreed() -> Any:
            lines = (await self._progress(step, run_id)).transcript
            question = next((each for each in lines if "setuju?" in each.text), None)
            answer = next((each for each in lines if each.text == "[Setuju]"), None)
            return (question, answer) if question and answer else None

        question, _ = await self._until(step, asked_and_agreed, "no consent question and answer")
        self._done(step, f"Hub: {question.text}", "Sri: [Setuju]")

    async def _answers(self, run_id: str) -> None:
        step = "intake"

        async def all_answered() -> Any:
            progress = await self._progress(step, run_id)
            return progress if progress.step > 4 else None  # noqa: PLR2004 - after the answers

        progress = await self._until(step, all_answered, "the questions were not all answered")
        if BRANCH_TOPIC not in progress.answered:
            raise StoryFailed(step, f"the branch question {BRANCH_TOPIC} was not asked")
        lines = [
            f"{'Sri' if line.by == 'person' else 'Hub'}: {line.text}"
            for line in progress.transcript[3:]
        ]
        self._done(step, *lines, answered=sorted(progress.answered))

    async def _progress(self, step: str, run_id: str) -> Any:
        progress = await self._stage.simulator.scenario(run_id)
        if progress.state == "failed":
            raise StoryFailed(step, f"the client got stuck: {progress.error}")
        return progress

    async def _client_is_done(self, run_id: str) -> None:
        step = "client"
        progress = await self._stage.simulator.wait_for_scenario(run_id, STEP_TIMEOUT_S)
        if progress.state != "finished":
            raise StoryFailed(step, f"the client got stuck: {progress.error}")
        self._done(step, "Sri has read the reply.")

    # --- assistant and lawyer --------------------------------------------------------------------

    async def _assessment(self, lawyer: Screen) -> str:
        step = "assessment"

        async def assessed() -> Any:
            data = await lawyer.ask(documents.CONVERSATIONS)
            nodes = [edge["node"] for edge in data["conversations"]["edges"]]
            read = (n for n in nodes if (n["assessment"] or {}).get("purpose") == "REVIEW")
            return next(read, None)

        node = await self._until(step, assessed, "no assessed conversation in the inbox")
        found = node["assessment"]
        self._done(
            step,
            f"Assistant: intent {found['intent']}, urgency {found['urgency']}, "
            f"complexity {found['complexity']} (confidence {found['confidence']:.2f})",
            **found,
        )
        conversation_id: str = node["id"]
        return conversation_id

    async def _draft_arrives(self, following: "asyncio.Task[None]") -> dict[str, Any]:
        step = "draft"

        async def arrived() -> Any:
            return next(
                (
                    item["draft"]
                    for item in reversed(self._activities)
                    if item.get("draft") and item["draft"]["state"] == "SUGGESTED"
                ),
                None,
            )

        draft: dict[str, Any] = await self._until(
            step, arrived, "no suggested draft on the live stream", following
        )
        self._done(
            step,
            "Sari's screen shows, live, the assistant's suggestion:",
            *[f"  | {line}" for line in draft["content"]["text"].splitlines()],
        )
        return draft

    async def _approve(self, lawyer: Screen, draft: dict[str, Any]) -> str:
        step = "approval"
        words = draft["content"]["text"].rstrip() + LAWYERS_OWN_WORDS
        wish = {
            "draftId": draft["id"],
            "editedText": words,
            "expectedVersion": draft["version"],
            "idempotencyKey": "demo-approval-1",
        }
        data = await lawyer.ask(documents.APPROVE_DRAFT, {"input": wish})
        payload = data["approveDraft"]
        if payload["userErrors"]:
            raise StoryFailed(step, f"the approval was refused: {payload['userErrors']}")
        shown = payload["draft"]
        if not shown or shown["state"] != "APPROVED" or not shown["isEdited"]:
            raise StoryFailed(step, f"the draft is not shown as edited and approved: {shown}")
        self._done(step, f"{shown['decidedBy']['name']} edits and approves it.")
        return str(words)

    async def _sent_as_approved(self, words: str) -> None:
        step = "send"

        async def sent() -> Any:
            sends = await self._stage.simulator.sends()
            return [
                each for each in sends if each.outcome == "accepted" and _text(each.body) == words
            ]

        found = await self._until(step, sent, "the approved words did not reach the Graph API")
        if len(found) != 1:
            raise StoryFailed(step, f"the approved words were sent {len(found)} times")
        self._done(step, "The Graph API gets exactly the approved words, once.")

    async def _delivered(self, lawyer: Screen, conversation_id: str, words: str) -> None:
        step = "delivery"

        async def read() -> Any:
            for entry in await self._entries(lawyer, conversation_id):
                content = entry.get("content") or {}
                delivery = entry.get("delivery") or {}
                if content.get("text") == words and delivery.get("readAt"):
                    return delivery
            return None

        delivery = await self._until(step, read, "sent, delivered and read did not all come back")
        missing = [name for name in ("sentAt", "deliveredAt") if not delivery[name]]
        if missing:
            raise StoryFailed(step, f"the timeline lacks {', '.join(missing)}")
        self._done(step, "Signed webhooks report it sent, delivered and read.", **delivery)

    async def _entries(self, lawyer: Screen, conversation_id: str) -> list[dict[str, Any]]:
        data = await lawyer.ask(documents.CONVERSATION, {"id": conversation_id})
        conversation = data["conversation"]
        return [edge["node"] for edge in conversation["timeline"]["edges"]]

    # --- the proofs ------------------------------------------------------------------------------

    async def _timeline(self, lawyer: Screen, conversation_id: str) -> None:
        step = "timeline"
        entries = await self._entries(lawyer, conversation_id)
        unclear = [e["topic"] for e in entries if not e["actor"]["kind"] or not e["occurredAt"]]
        if unclear:
            raise StoryFailed(step, f"entries without actor or time: {unclear}")
        lines = [
            f"  {e['occurredAt'][11:19]}  {_actor(e['actor']):<18} {e['topic']}" for e in entries
        ]
        self._done(step, f"The timeline shows {len(entries)} entries:", *lines)

    async def _history(self, auditor: Screen) -> None:
        step = "event history"
        events = await self._all_events(auditor)
        topics = {event["topic"] for event in events}
        missing = [topic for topic in EXPECTED_TOPICS if topic not in topics]
        if missing:
            raise StoryFailed(step, f"not in the event history: {', '.join(missing)}")
        approved = next(event for event in events if event["topic"] == "draft.approved.v1")
        if approved["actor"]["kind"] != "MEMBER":
            raise StoryFailed(step, f"the approval was caused by {approved['actor']['kind']}")
        caused = [
            event
            for event in events
            if event["topic"].startswith(("outbound.", "intake.", "assessment.", "draft.sugg"))
        ]
        without = sorted({e["topic"] for e in caused if e["cause"] is None} - {_PUBLISHED})
        if without:
            raise StoryFailed(step, f"events without a cause: {', '.join(without)}")
        chain = _chain(events, "outbound.sent.v1")
        self._done(
            step,
            f"Rina, the auditor, sees {len(events)} events, each with actor, cause and time.",
            "Why was the reply sent? " + " ← ".join(chain),
        )

    async def _all_events(self, auditor: Screen) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            data = await auditor.ask(documents.EVENT_HISTORY, {"after": after})
            page = data["eventHistory"]
            events += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return events
            after = page["pageInfo"]["endCursor"]

    # --- telling and waiting ---------------------------------------------------------------------

    def _done(self, step: str, *lines: str, **facts: Any) -> None:
        seconds = round(time.monotonic() - self._began, 3)
        done = StepDone(name=step, seconds=seconds, lines=lines, facts=facts)
        self.steps.append(done)
        self._tell(done)

    async def _until(
        self,
        step: str,
        look: Callable[[], Awaitable[T]],
        missing: str,
        following: "asyncio.Task[None] | None" = None,
    ) -> T:
        """Look until there is something. Raises StoryFailed after STEP_TIMEOUT_S."""
        deadline = time.monotonic() + STEP_TIMEOUT_S
        while time.monotonic() < deadline:
            found = await look()
            if found:
                return found
            if following is not None and following.done() and following.exception():
                raise StoryFailed(step, f"the live stream ended: {following.exception()}")
            await asyncio.sleep(POLL_S)
        raise StoryFailed(step, f"{missing} within {STEP_TIMEOUT_S:g} s")


_OK: Final = 200
_PUBLISHED: Final = "intake.flow_published.v1"


def _text(body: dict[str, Any]) -> str | None:
    text: str | None = body.get("text", {}).get("body")
    return text


def _actor(actor: dict[str, Any]) -> str:
    member = actor.get("member") or {}
    return str(member.get("name") or actor.get("part") or actor["kind"].lower())


def _chain(events: list[dict[str, Any]], last_topic: str) -> list[str]:
    """The topics from the last event of a kind back to its root."""
    by_id = {event["id"]: event for event in events}
    chain: list[str] = []
    found = next((e for e in reversed(events) if e["topic"] == last_topic), None)
    while found is not None:
        chain.append(found["topic"].rsplit(".", 1)[0])
        found = by_id.get((found["cause"] or {}).get("id"))
    return chain
