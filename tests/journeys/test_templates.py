"""A template reaches a contact outside the window, and is stopped when Meta pauses it."""

import uuid
from typing import Any, Final

from domain.scopes import Role
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.meta import REMINDER
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.journeys.test_service_window import written
from tests.journeys.waiting import eventually

WORDS: Final = "Yth. Dewi, sidang Anda pada Jumat pukul 09.00."
VALUES: Final[dict[str, Any]] = {
    "parameters": [{"name": "nama", "text": "Dewi"}, {"name": "tanggal", "text": "Jumat"}],
    "buttons": [{"place": 0, "value": "hadir"}],
}
_TEMPLATES: Final = "{ templates { nodes { id name status isUsable quality } } }"
_SEND: Final = """
mutation($input: SendTemplateInput!) { sendTemplate(input: $input) {
  draft { id state } userErrors { code message nextStep }
} }
"""
_PROPOSE: Final = _SEND.replace("sendTemplate", "proposeTemplate").replace(
    "SendTemplate", "ProposeTemplate"
)
_WAITING: Final = "{ draftQueue { nodes { id version content { kind text } } } }"


async def template(desk: Desk, status: str = "APPROVED") -> dict[str, Any]:
    """Wait until the firm has its template in this state."""

    async def look() -> dict[str, Any] | None:
        nodes = (await desk.screen.ask(_TEMPLATES))["templates"]["nodes"]
        found = [each for each in nodes if each["name"] == REMINDER.name]
        return found[0] if found and found[0]["status"] == status else None

    return await eventually(look, f"the template is {status}")


async def chosen(desk: Desk, conversation_id: str, mutation: str = _SEND) -> dict[str, Any]:
    """Choose the template for a conversation; the answer of the hub."""
    wish = {
        "conversationId": conversation_id,
        "templateId": (await template(desk))["id"],
        "values": VALUES,
        "idempotencyKey": uuid.uuid4().hex,
    }
    (answer,) = (await desk.screen.ask(mutation, {"input": wish})).values()
    found: dict[str, Any] = answer
    return found


async def pause(stage: Stage, simulator: SimulatorClient, firm: Firm) -> None:
    """Meta pauses the template of the firm's account."""
    with stage.looking() as connection:
        row = connection.execute(
            "SELECT meta_template_id FROM read_model.template_directory WHERE waba_id = %s",
            (firm.number.waba_id,),
        ).fetchone()
    assert row is not None
    await simulator.set_template(row[0], status="PAUSED", title="FIRST_PAUSE")


async def test_a_template_reaches_the_contact_when_the_window_is_closed(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    dewi = await Person.meet(stage, simulator, firm, "Dewi Anggraini")
    for text, hours_ago in (("Selamat pagi", 30.0), ("Setuju", 25.0)):
        await simulator.inject(
            written(text, hours_ago),
            person=dewi.key,
            phone_number_id=firm.number.phone_number_id,
        )
        stage.rests()
    inbox = await lawyer.conversation_with("Dewi Anggraini")
    (refusal,) = (await lawyer.reply(inbox["id"], "Halo"))["userErrors"]
    assert refusal["code"] == "SERVICE_WINDOW_CLOSED"
    assert (await chosen(lawyer, inbox["id"]))["userErrors"] == []
    stage.rests()
    delivery = await lawyer.delivery(inbox["id"], WORDS, "DELIVERED", "READ")
    assert delivery["failure"] is None
    (seen,) = await dewi.has_seen()
    assert WORDS in seen
    shown = await lawyer.message(inbox["id"], WORDS)
    assert shown["content"]["choices"] == ["Saya hadir"]


async def test_a_template_paused_after_its_approval_is_not_sent_and_the_screen_says_why(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    dewi = await Person.meet(stage, simulator, firm, "Dewi Anggraini")
    await dewi.consents()
    stage.rests()
    before = await dewi.has_seen()
    inbox = await lawyer.conversation_with("Dewi Anggraini")
    async with Desk(stage, firm, Role.CS) as service:
        assert (await chosen(service, inbox["id"], _PROPOSE))["userErrors"] == []
    await template(lawyer)
    await simulator.fault("error", code=131016, phone_number_id=firm.number.phone_number_id)
    assert (await chosen(lawyer, inbox["id"]))["userErrors"] == []
    await lawyer.delivery(inbox["id"], WORDS, "REQUESTED", "ATTEMPTING")
    await pause(stage, simulator, firm)
    await template(lawyer, "PAUSED")
    refused = await lawyer.delivery(inbox["id"], WORDS, "REFUSED", "ACCEPTED", "SENT", "DELIVERED")
    assert refused["state"] == "REFUSED"
    assert refused["failure"] == "template_paused"
    assert refused["failureMessage"] == "Meta paused the template because of its quality."
    assert refused["failureNextStep"]
    (draft,) = [
        each
        for each in (await lawyer.screen.ask(_WAITING))["draftQueue"]["nodes"]
        if each["content"]["kind"] == "TEMPLATE"
    ]
    (refusal,) = (await lawyer.approve(draft))["userErrors"]
    assert refusal["code"] == "TEMPLATE_PAUSED"
    assert await dewi.has_seen() == before
