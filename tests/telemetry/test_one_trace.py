"""One message, one trace: through every process that has to do with it."""

from typing import Any, NamedTuple

import pytest

from domain.effects import AssessMessage, SuggestDraft
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.otlp_receiver import OtlpReceiver, Span
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

REPLY = "Baik, berkasnya kami pelajari."
ACTIVITY = """subscription { activity { __typename ... on Activity { topic occurredAt } } }"""


class Story(NamedTuple):
    """A consultation that was traced: its events, oldest first, and the spans of the hub."""

    events: list[dict[str, Any]]
    traces: OtlpReceiver

    def first(self, topic: str) -> dict[str, Any]:
        """The first event with this stored name."""
        return next(event for event in self.events if event["topic"] == topic)

    async def spans(self, trace_id: str, *wanted: tuple[str, str]) -> list[Span]:
        """The spans of a trace, once those of these processes and names have arrived."""

        async def arrived() -> list[Span] | None:
            spans = self.traces.spans(trace_id)
            known = {(span.process, span.name) for span in spans}
            return spans if known >= set(wanted) else None

        return await eventually(arrived, f"{wanted} in the trace {trace_id}")


@pytest.fixture
async def story(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk, traces: OtlpReceiver
) -> Story:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    async with lawyer.following(ACTIVITY):
        await ratna.says("Sewa ruko saya dibatalkan.")
        await ratna.taps("Setuju")
        await ratna.taps("Tidak ada")
        inbox = await lawyer.assessed("Ratna Wulandari")
        await lawyer.approve(inbox["pendingDraft"], REPLY)
        await ratna.sees(REPLY)
        stage.rests()
    return Story(await lawyer.history(), traces)


async def test_a_message_is_one_trace_from_the_webhook_to_the_answer_and_the_screen(
    story: Story,
) -> None:
    received = story.first("message.received.v1")
    spans = await story.spans(
        received["traceId"],
        ("serve", "webhook"),
        ("follow", "ingest"),
        ("follow", "policies"),
        ("work-outbound", "send"),
        ("serve", "subscription"),
    )
    known = {span.span_id for span in spans}
    roots = [span for span in spans if span.parent_id not in known]
    assert [(root.name, root.parent_id) for root in roots] == [("webhook", "")]


async def test_what_the_assistant_suggests_and_a_lawyer_approves_stays_in_the_trace(
    story: Story,
) -> None:
    completed = story.first("intake.completed.v1")
    await story.spans(
        completed["traceId"],
        ("serve", "webhook"),
        ("work-assist", f"work {AssessMessage.NAME}"),
        ("work-assist", f"work {SuggestDraft.NAME}"),
        ("serve", "approveDraft"),
        ("work-outbound", "send"),
        ("serve", "subscription"),
    )
    for topic in ("draft.suggested.v1", "draft.approved.v1"):
        assert story.first(topic)["traceId"] == completed["traceId"]


async def test_a_members_own_words_stay_in_the_trace_of_the_message_they_answer(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk, traces: OtlpReceiver
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    await lawyer.reply(inbox["id"], REPLY)
    await ratna.sees(REPLY)
    stage.rests()
    story = Story(await lawyer.history(), traces)
    answered = [e for e in story.events if e["topic"] == "message.received.v1"][-1]
    assert story.first("draft.written.v1")["cause"]["id"] == answered["id"]
    assert story.first("draft.written.v1")["traceId"] == answered["traceId"]
    await story.spans(answered["traceId"], ("serve", "sendReply"), ("work-outbound", "send"))


async def test_every_event_of_a_story_names_the_trace_of_the_webhook_that_began_it(
    story: Story,
) -> None:
    roots = {
        event["correlationId"]: event["traceId"]
        for event in story.events
        if event["topic"] == "message.received.v1"
    }
    assert len(roots) == len(set(roots.values())) == 3
    statuses = ("message.status_received.v1", "outbound.status_updated.v1")
    told = [event for event in story.events if event["topic"] not in statuses]
    inside = [event for event in told if event["correlationId"] in roots]
    assert len(inside) > 20
    for event in inside:
        assert event["traceId"] == roots[event["correlationId"]], event["topic"]


async def test_a_status_begins_a_trace_of_its_own(story: Story) -> None:
    status = story.first("message.status_received.v1")
    spans = await story.spans(status["traceId"], ("serve", "webhook"), ("follow", "policies"))
    assert "send" not in {span.name for span in spans}
    updated = story.first("outbound.status_updated.v1")
    assert updated["traceId"] in {
        event["traceId"] for event in story.events if event["topic"] == "message.status_received.v1"
    }
