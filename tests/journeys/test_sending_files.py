"""A file that a lawyer brings reaches the contact once it is approved, and a harmful one nobody."""

import uuid
from typing import Any

import httpx

from domain.scopes import Role
from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.scan_check.sample import pdf, zipped
from infrastructure.simulator import SimulatorClient
from tests.journeys.desk import Desk
from tests.journeys.meta import COVER
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage

_SEND = """
mutation($input: SendReplyInput!) { sendReply(input: $input) {
  draft { content { kind text file { id fileName link { path } } } }
  userErrors { message field nextStep }
} }
"""
_SENT = """
query($c: ID!) { conversation(id: $c) { timeline(last: 20) { nodes { ... on OutboundMessage {
  content { kind text file { id } } media { state fileName previews { name } link { path } }
  delivery { state failure }
} } } } }
"""


_TEMPLATES = "{ templates { nodes { id name status } } }"
_SEND_TEMPLATE = """
mutation($input: SendTemplateInput!) { sendTemplate(input: $input) {
  draft { content { text file { fileName } } } userErrors { message field }
} }
"""


async def brought(
    stage: Stage, firm: Firm, conversation: str, content: bytes, kind: str, name: str
) -> httpx.Response:
    """Bring a file as a screen does."""
    async with httpx.AsyncClient(base_url=stage.base_url, timeout=60) as browser:
        return await browser.post(
            "/media",
            params={"conversation": conversation},
            content=content,
            headers={
                "authorization": f"Bearer {firm.tokens[Role.LAWYER]}",
                "content-type": kind,
                "content-disposition": f'attachment; filename="{name}"',
            },
        )


async def attach(lawyer: Desk, conversation: str, **media: Any) -> dict[str, Any]:
    """Send a file; by sending it the lawyer approves it."""
    wish = {
        "conversationId": conversation,
        "body": {"media": media},
        "idempotencyKey": uuid.uuid4().hex,
    }
    answer: dict[str, Any] = (await lawyer.screen.ask(_SEND, {"input": wish}))["sendReply"]
    return answer


async def test_a_file_is_brought_approved_uploaded_once_and_delivered(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Lestari")
    await ratna.consents()
    await ratna.says("Bisa kirim surat kuasanya?")
    stage.rests()
    inbox = await lawyer.conversation_with("Ratna Lestari")
    letter = pdf()
    answer = await brought(stage, firm, inbox["id"], letter, "application/pdf", "surat kuasa.pdf")
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert (file["kind"], file["fileName"], file["sizeBytes"]) == (
        "document",
        "surat kuasa.pdf",
        len(letter),
    )
    for caption in ("Mohon ditandatangani.", "Sekali lagi."):
        sent = await attach(lawyer, inbox["id"], mediaId=file["id"], caption=caption)
        assert sent["userErrors"] == []
        assert sent["draft"]["content"]["kind"] == "MEDIA"
        assert sent["draft"]["content"]["file"]["fileName"] == "surat kuasa.pdf"
        stage.rests()
    sends = [send for send in await simulator.sends() if send.person == ratna.key][-2:]
    assert {send.outcome for send in sends} == {"accepted"}
    first, second = (send.body["document"] for send in sends)
    assert first["filename"] == "surat kuasa.pdf"
    assert (first["caption"], second["caption"]) == ("Mohon ditandatangani.", "Sekali lagi.")
    assert first["id"] == second["id"]
    with stage.looking() as connection:
        uploads = connection.execute(
            "SELECT count(*) FROM hub.events WHERE topic = %s AND tenant_id = %s",
            ("hosted_file.kept.v1", firm.tenant_id),
        ).fetchone()
    assert uploads == (1,)
    data = await lawyer.screen.ask(_SENT, {"c": inbox["id"]})
    shown = [one for one in data["conversation"]["timeline"]["nodes"] if one.get("media")][-1]
    assert shown["content"]["text"].startswith("Document: surat kuasa.pdf (")
    assert shown["media"]["previews"] == [{"name": "page-1"}]
    assert shown["delivery"]["state"] in {"DELIVERED", "READ"}
    async with httpx.AsyncClient(base_url=stage.base_url) as browser:
        assert (await browser.get(shown["media"]["link"]["path"])).content == letter


async def test_a_file_stands_above_the_words_of_a_template(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    sari = await Person.meet(stage, simulator, firm, "Sari Utami")
    await sari.consents()
    stage.rests()
    inbox = await lawyer.conversation_with("Sari Utami")
    file = (
        await brought(stage, firm, inbox["id"], pdf(), "application/pdf", "panggilan.pdf")
    ).json()
    found = (await lawyer.screen.ask(_TEMPLATES))["templates"]["nodes"]
    wish = {
        "conversationId": inbox["id"],
        "templateId": next(one["id"] for one in found if one["name"] == COVER.name),
        "values": {
            "parameters": [{"name": "1", "text": "Sari"}],
            "header": {"fileId": file["id"], "filename": "panggilan.pdf"},
        },
        "idempotencyKey": uuid.uuid4().hex,
    }
    sent = (await lawyer.screen.ask(_SEND_TEMPLATE, {"input": wish}))["sendTemplate"]
    assert sent["userErrors"] == []
    assert sent["draft"]["content"]["file"] == {"fileName": "panggilan.pdf"}
    stage.rests()
    (send,) = [
        one
        for one in await simulator.sends()
        if one.person == sari.key and one.body["type"] == "template"
    ]
    header = send.body["template"]["components"][0]
    assert send.outcome == "accepted"
    assert header["type"] == "header"
    document = header["parameters"][0]["document"]
    assert document["filename"] == "panggilan.pdf"
    assert document["id"].isdecimal()


async def test_a_harmful_file_is_refused_and_cannot_be_attached(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk
) -> None:
    dewi = await Person.meet(stage, simulator, firm, "Dewi Kartika")
    await dewi.consents()
    inbox = await lawyer.conversation_with("Dewi Kartika")
    hostile = zipped(("a.txt", EICAR))
    answer = await brought(stage, firm, inbox["id"], hostile, "application/zip", "foto.zip")
    assert answer.status_code == 422
    assert answer.json()["code"] == "FILE_REFUSED"
    stage.rests()
    with stage.looking() as connection:
        row = connection.execute(
            "SELECT state, failure, content_sealed, media_id FROM read_model.media "
            "WHERE tenant_id = %s AND failure = 'eicar_test_file'",
            (firm.tenant_id,),
        ).fetchone()
    assert row is not None
    assert row[:3] == ("refused", "eicar_test_file", None)
    refused = await attach(lawyer, inbox["id"], mediaId=str(row[3]))
    assert refused["userErrors"][0]["field"] == ["input", "body", "media", "mediaId"]
