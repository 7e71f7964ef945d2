"""A file of a contact reaches the lawyer's screen if it is harmless, and nobody if it is not."""

from typing import Any

import httpx

from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.scan_check.sample import pdf, zipped
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

FILES = """
    query($c: ID!) { conversation(id: $c) { timeline(last: 50) { nodes { ... on InboundMessage {
      media { state failure contentType fileName sizeBytes link { path } previews { name } }
    } } } } }
"""


async def files(lawyer: Desk, conversation: str) -> list[dict[str, Any]]:
    data = await lawyer.screen.ask(FILES, {"c": conversation})
    nodes = data["conversation"]["timeline"]["nodes"]
    return [node["media"] for node in nodes if node.get("media")]


async def settled(lawyer: Desk, conversation: str, count: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]] | None:
        found = await files(lawyer, conversation)
        is_settled = len(found) == count and all(one["state"] != "ANNOUNCED" for one in found)
        return found if is_settled else None

    return await eventually(look, f"{count} files are settled", 60)


async def test_a_harmless_file_is_opened_and_a_harmful_one_reaches_nobody(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    dewi = await Person.meet(stage, simulator, firm, "Dewi Anggraini")
    await dewi.consents()
    inbox = await lawyer.conversation_with("Dewi Anggraini")
    letter = pdf()
    await simulator.fault("media_redirect")
    await simulator.send_file(
        dewi.key,
        "document",
        letter,
        "application/pdf",
        filename="surat kuasa.pdf",
        phone_number_id=firm.number.phone_number_id,
    )
    (shown,) = await settled(lawyer, inbox["id"], 1)
    assert (shown["state"], shown["contentType"], shown["fileName"], shown["sizeBytes"]) == (
        "STORED",
        "application/pdf",
        "surat kuasa.pdf",
        len(letter),
    )
    assert shown["previews"] == [{"name": "page-1"}]
    async with httpx.AsyncClient(base_url=stage.base_url) as browser:
        answer = await browser.get(shown["link"]["path"])
    assert answer.content == letter
    await simulator.send_file(
        dewi.key,
        "document",
        zipped(("a.txt", EICAR)),
        "application/zip",
        filename="foto.zip",
        phone_number_id=firm.number.phone_number_id,
    )
    _, refused = await settled(lawyer, inbox["id"], 2)
    assert (refused["state"], refused["failure"]) == ("REFUSED", "eicar_test_file")
    assert (refused["link"], refused["previews"]) == (None, [])
