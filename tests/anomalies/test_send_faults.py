"""What can go wrong between the hub and WhatsApp while a reply is on its way."""

from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

REPLY = "Kami sudah menerima berkas Anda."


class Sending:
    """A lawyer's reply to somebody who may be written to, and what became of it."""

    def __init__(
        self, stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk, to: Person
    ) -> None:
        self._stage = stage
        self._firm = firm
        self._simulator = simulator
        self._lawyer = lawyer
        self.to = to

    async def ends_as(self, *states: str) -> dict[str, Any]:
        """Send the reply; its delivery when it has come to one of these states and all rests."""
        inbox = await self._lawyer.conversation_with(self.to.name)
        assert (await self._lawyer.reply(inbox["id"], REPLY))["userErrors"] == []
        await self._lawyer.delivery(inbox["id"], REPLY, *states)
        self._stage.rests()
        return await self._lawyer.delivery(inbox["id"], REPLY, *states)

    async def outcomes(self) -> list[str]:
        """What the Graph API did with each call that carried the reply."""
        number = self._firm.number.phone_number_id
        return [
            send.outcome
            for send in await self._simulator.sends()
            if send.phone_number_id == number and send.body.get("text", {}).get("body") == REPLY
        ]

    async def events(self) -> list[str]:
        """What the hub recorded of the reply after it was requested."""
        requested = (await self._lawyer.history(topic="outbound.requested.v1"))[-1]
        return [
            event["topic"].rsplit(".", 1)[0].removeprefix("outbound.")
            for event in await self._lawyer.history()
            if event["streamId"] == requested["streamId"] and event["streamVersion"] > 1
        ]


@pytest.fixture
async def sending(stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk) -> Sending:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    return Sending(stage, firm, simulator, lawyer, ratna)


async def test_a_lost_answer_is_settled_by_the_status_and_never_sent_again(
    simulator: SimulatorClient, sending: Sending
) -> None:
    await simulator.fault("drop_after_accepting", person=sending.to.key)
    delivery = await sending.ends_as("DELIVERED")
    assert await sending.outcomes() == ["accepted"]
    assert delivery["attempts"] == 1
    assert (await sending.events()).count("attempt_started") == 1


@pytest.mark.parametrize("kind", ["drop_before_accepting", "server_error"])
async def test_without_any_answer_and_any_status_the_message_stays_in_doubt(
    simulator: SimulatorClient, sending: Sending, kind: Any
) -> None:
    await simulator.fault(kind, person=sending.to.key)
    delivery = await sending.ends_as("IN_DOUBT")
    assert delivery["attempts"] == 1
    assert len(await sending.outcomes()) == 1
    assert await sending.events() == ["attempt_started", "in_doubt"]


async def test_a_refusal_for_good_is_shown_and_not_tried_again(
    simulator: SimulatorClient, sending: Sending
) -> None:
    await simulator.fault("error", code=131047, person=sending.to.key)
    delivery = await sending.ends_as("FAILED")
    assert (delivery["failure"], delivery["attempts"]) == ("131047", 1)
    assert await sending.outcomes() == ["refused"]


async def test_the_pair_limit_only_slows_a_message_down(
    simulator: SimulatorClient, sending: Sending
) -> None:
    await simulator.fault("error", code=131056, person=sending.to.key)
    delivery = await sending.ends_as("DELIVERED")
    assert delivery["attempts"] == 2
    assert delivery["failure"] is None
    assert await sending.outcomes() == ["refused", "accepted"]


@pytest.mark.parametrize("kind", ["status_before_response", "duplicate_statuses", "swap_order"])
async def test_statuses_in_any_order_and_number_lead_to_the_same_end(
    simulator: SimulatorClient, sending: Sending, kind: Any
) -> None:
    await simulator.fault(kind, person=sending.to.key)
    delivery = await sending.ends_as("DELIVERED")
    times = [delivery[name] for name in ("acceptedAt", "sentAt", "deliveredAt")]
    assert None not in times
    assert delivery["attempts"] == 1
    assert await sending.outcomes() == ["accepted"]
    assert (await sending.events()).count("status_updated") == 2


async def test_a_message_that_was_read_without_being_delivered_counts_as_read(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.consents()
    await simulator.fault("skip_delivered", person=ratna.key)
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    await lawyer.reply(inbox["id"], REPLY)
    await ratna.sees(REPLY)
    await simulator.read(ratna.key)
    delivery = await lawyer.delivery(inbox["id"], REPLY, "READ")
    assert delivery["readAt"] is not None
    assert delivery["deliveredAt"] is None


@pytest.mark.parametrize("kind", ["bad_signature", "missing_signature", "duplicate_delivery"])
async def test_a_webhook_that_comes_wrong_or_twice_still_counts_once(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk, kind: Any
) -> None:
    budi = await Person.meet(stage, simulator, firm, "Budi Hartono")
    await simulator.fault(kind)
    await budi.says("Selamat pagi")
    await lawyer.conversation_with("Budi Hartono")
    stage.rests()
    assert (await lawyer.topics()).count("message.received") == 1
