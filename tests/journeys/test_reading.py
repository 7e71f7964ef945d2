"""The contact sees that a member read and writes, and only then, and only if the firm wants it."""

import uuid
from typing import Any

from domain.scopes import Role
from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.journal import ReadMark
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

_READ = """mutation($input: MarkReadInput!) { markRead(input: $input) {
  conversation { unreadCount } userErrors { code message } } }"""
_TYPING = """mutation($input: ShowTypingInput!) { showTyping(input: $input) {
  conversation { id } userErrors { code message } } }"""
_SET = """mutation($input: SetReceiptsInput!) { setReceipts(input: $input) {
  userErrors { code } } }"""


async def ask(desk: Desk, mutation: str, name: str, **given: Any) -> Any:
    wish = {**given, "idempotencyKey": uuid.uuid4().hex}
    return (await desk.screen.ask(mutation, {"input": wish}))[name]


async def test_what_a_member_reads_and_writes_is_shown_to_the_contact(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari", username="ratna.w")
    wamid = await ratna.says("Selamat pagi")
    stage.rests()
    assert [mark for mark in await simulator.reads() if mark.wamid == wamid] == []
    inbox = await lawyer.conversation_with("Ratna Wulandari")
    done = await ask(lawyer, _READ, "markRead", conversationId=inbox["id"])
    assert done["userErrors"] == []
    assert done["conversation"]["unreadCount"] == 0

    async def marks(count: int) -> list[ReadMark] | None:
        found = [mark for mark in await simulator.reads() if mark.wamid == wamid]
        return found if len(found) == count else None

    (mark,) = await eventually(lambda: marks(1), "the contact sees that it was read")
    assert not mark.typing
    done = await ask(lawyer, _TYPING, "showTyping", conversationId=inbox["id"])
    assert done["userErrors"] == []
    *_, mark = await eventually(lambda: marks(2), "the contact sees that somebody writes")
    assert mark.typing
    off = {"readReceipts": False, "typing": False, "reason": "House rule."}
    async with Desk(stage, firm, Role.OWNER) as owner:
        assert (await ask(owner, _SET, "setReceipts", **off))["userErrors"] == []
    (refusal,) = (await ask(lawyer, _READ, "markRead", conversationId=inbox["id"]))["userErrors"]
    assert "does not want" in refusal["message"]
