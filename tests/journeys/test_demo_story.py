"""The story of the demo is a journey of its own: whole, with the live stream and the history."""

from api.demo import stage as demo
from api.demo.story import EXPECTED_TOPICS, StepDone, Story
from domain.standard_intake import standard_intake
from infrastructure.simulator import SimulatorClient
from tests.journeys.meta import shared_number
from tests.journeys.stage import Stage

STEPS = [
    "handshake",
    "subscription",
    "first message",
    "consent",
    "intake",
    "assessment",
    "draft",
    "approval",
    "send",
    "delivery",
    "client",
    "timeline",
    "event history",
]


async def test_every_step_of_the_demo_happens(stage: Stage, simulator: SimulatorClient) -> None:
    firm = stage.found_firm(
        "Kantor Hukum Melati", number=shared_number(0), intake=standard_intake()
    )
    told: list[StepDone] = []
    story = Story(
        demo.Stage(
            base_url=stage.base_url,
            log=stage.hub.log,
            firm=demo.Firm(tenant_id=firm.tenant_id, tokens=firm.tokens),
            simulator=simulator,
            simulator_url=stage.simulator_url,
        ),
        told.append,
    )
    await story.play()
    assert [step.name for step in told] == STEPS
    assert len(set(EXPECTED_TOPICS)) == len(EXPECTED_TOPICS)
