"""A template with a file above its words: its sample is brought, submitted with it, and taken."""

import uuid
from typing import Any, Final

import httpx

from domain.scopes import Role
from infrastructure.media.scan_check.sample import picture
from tests.journeys.desk import Desk
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

_NUMBERS: Final = "{ senderNumbers { nodes { id } } }"
_SUBMIT: Final = """
mutation($input: SubmitTemplateInput!) { submitTemplate(input: $input) {
  userErrors { code field message }
} }
"""
_TEMPLATES: Final = """
{ templates { nodes { name status submission submissionWords words { headerFormat body } } } }
"""
BODY: Final = "Yth. Bapak dan Ibu, denah kantor kami terlampir."


async def submitted(owner: Desk, number: str, name: str, handle: str) -> list[dict[str, Any]]:
    """Submit a template with a photo above its words; what is wrong with it."""
    wish = {
        "senderNumberId": number,
        "name": name,
        "language": "id",
        "category": "UTILITY",
        "body": BODY,
        "header": {"format": "IMAGE", "example": handle},
        "idempotencyKey": uuid.uuid4().hex,
    }
    answer = await owner.screen.ask(_SUBMIT, {"input": wish})
    errors: list[dict[str, Any]] = answer["submitTemplate"]["userErrors"]
    return errors


async def shown(owner: Desk, name: str, what: str, **members: Any) -> dict[str, Any]:
    """Wait until the list shows a template with these members."""

    async def look() -> dict[str, Any] | None:
        nodes = (await owner.screen.ask(_TEMPLATES))["templates"]["nodes"]
        return next(
            (
                one
                for one in nodes
                if one["name"] == name and all(one[key] == value for key, value in members.items())
            ),
            None,
        )

    return await eventually(look, what)


async def test_a_template_is_taken_with_the_sample_that_was_brought_for_it(
    stage: Stage, firm: Firm
) -> None:
    async with Desk(stage, firm, Role.OWNER) as owner:
        number = (await owner.screen.ask(_NUMBERS))["senderNumbers"]["nodes"][0]["id"]
        async with httpx.AsyncClient(base_url=stage.base_url, timeout=60) as browser:
            answer = await browser.post(
                "/media/template-samples",
                params={"sender": number},
                content=picture("JPEG"),
                headers={
                    "authorization": f"Bearer {firm.tokens[Role.OWNER]}",
                    "content-type": "image/jpeg",
                },
            )
        assert answer.status_code == 201, answer.text
        sample = answer.json()
        assert sample["format"] == "IMAGE"
        assert await submitted(owner, number, "denah_kantor", sample["handle"]) == []
        words = {"headerFormat": "IMAGE", "body": BODY}
        taken = await shown(owner, "denah_kantor", "Meta lists the template", words=words)
        assert taken["submission"] is None
        assert taken["status"] in {"PENDING", "APPROVED"}

        assert await submitted(owner, number, "denah_lain", "4::made:up") == []
        refused = await shown(owner, "denah_lain", "Meta refuses it", submission="refused")
        assert "POST /media/template-samples" in refused["submissionWords"]
        (error,) = await submitted(owner, number, "denah_baru", "")
        assert error["field"] == ["input", "header", "example"]
        assert "POST /media/template-samples" in error["message"]
        topics = await owner.topics()
        assert "template_sample.handed_over" in topics
