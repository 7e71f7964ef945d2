"""Two contacts that are one person: joined by a member, taken back, and never less strict."""

import uuid
from typing import Any

from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

_MERGE = """mutation($input: MergeContactsInput!) { mergeContacts(input: $input) {
  contact { id } userErrors { code message } } }"""
_SEPARATE = """mutation($input: SeparateContactsInput!) { separateContacts(input: $input) {
  contact { id } userErrors { code message } } }"""
_QUESTIONS = """{ contactDuplicates(first: 50) { nodes { id state reason
  contact { id } otherContact { id } } } }"""
_CONVERSATION = """query($id: ID!) { conversation(id: $id) {
  contact { isOptedOut } lastMessage { content { text } } } }"""
_CARD = """query($id: ID!) { contact(id: $id) { isOptedOut card { mergedInto { id } } } }"""


async def conversation(desk: Desk, conversation_id: str) -> Any:
    return (await desk.screen.ask(_CONVERSATION, {"id": conversation_id}))["conversation"]


async def decide(desk: Desk, mutation: str, name: str, **given: str) -> Any:
    wish = {**given, "idempotencyKey": uuid.uuid4().hex}
    answer = (await desk.screen.ask(mutation, {"input": wish}))[name]
    assert answer["userErrors"] == []
    return answer


async def test_an_opt_out_of_one_stops_both_until_a_member_finds_that_they_are_two(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    sari = await Person.meet(stage, simulator, firm, "Sari Wulandari")
    await ratna.consents()
    await sari.consents()
    await sari.says("BERHENTI")
    stage.rests()
    of_ratna = (await lawyer.conversation_with("Ratna Wulandari"))["id"]
    one = (await lawyer.conversation_with("Ratna Wulandari"))["contact"]["id"]
    other = (await lawyer.conversation_with("Sari Wulandari"))["contact"]["id"]
    pair = {"contactId": one, "absorbedContactId": other}
    await decide(lawyer, _MERGE, "mergeContacts", **pair)

    async def joined() -> dict[str, Any] | None:
        card = (await lawyer.screen.ask(_CARD, {"id": other}))["contact"]
        return card if card["card"]["mergedInto"] else None

    assert (await eventually(joined, "the contacts are joined"))["card"]["mergedInto"]["id"] == one
    stage.rests()
    assert (await conversation(lawyer, of_ratna))["contact"]["isOptedOut"]
    (refusal,) = (await lawyer.reply(of_ratna, "Halo"))["userErrors"]
    assert refusal["code"] == "CONTACT_OPTED_OUT"
    (question,) = [
        each
        for each in (await lawyer.screen.ask(_QUESTIONS))["contactDuplicates"]["nodes"]
        if each["contact"]["id"] == one
    ]
    assert (question["state"], question["otherContact"]["id"]) == ("MERGED", other)

    await sari.says("Ini saya lagi")
    stage.rests()
    newest = (await conversation(lawyer, of_ratna))["lastMessage"]["content"]["text"]
    assert newest == "Ini saya lagi"
    apart = {"contactId": one, "fromContactId": other}
    await decide(lawyer, _SEPARATE, "separateContacts", **apart)
    stage.rests()
    assert not (await conversation(lawyer, of_ratna))["contact"]["isOptedOut"]
    assert (await lawyer.reply(of_ratna, "Halo Ibu Ratna"))["userErrors"] == []
    await ratna.sees("Halo Ibu Ratna")
    contact = (await lawyer.screen.ask(_CARD, {"id": other}))["contact"]
    assert contact["isOptedOut"]
    assert contact["card"]["mergedInto"] is None
