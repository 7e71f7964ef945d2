"""A sample is brought by whoever manages templates, handed to Meta if it is harmless, and kept by
nobody here."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from api.graphql.ids import global_id
from domain.identity import SenderNumberId
from domain.scopes import Role
from domain.sendable_files import SENDABLE
from domain.template_components import HeaderFormat
from domain.template_sample import TemplateSampleHandedOver, TemplateSampleRefused
from infrastructure.firm_setup import SenderSecrets
from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.scan_check.sample import pdf, picture, zipped
from infrastructure.simulator import SimulatorConfig, simulator_server
from infrastructure.simulator.configuration import DEFAULT_ACCESS_TOKEN, DEFAULT_WABA_ID
from infrastructure.unique_ids import new_id
from tests.api.firm import APP_SECRET, VERIFY_TOKEN, Firm
from tests.api.stack import Stack, served
from tests.api.test_upload import happened

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(400)
NOBODY = "http://127.0.0.1:9"


class Desk(NamedTuple):
    """An owner's desk: a hub beside a simulated Meta, and a number that Meta knows."""

    firm: Firm
    url: str
    meta: str
    number: SenderNumberId

    def bring(
        self,
        content: Any,
        content_type: str = "application/octet-stream",
        *,
        sender: object = None,
        role: Role = Role.OWNER,
        name: str | None = None,
        firm: Firm | None = None,
    ) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {(firm or self.firm).tokens[role]}",
            "content-type": content_type,
        }
        if name is not None:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return httpx.post(
            f"{self.url}/media/template-samples",
            params={"sender": str(sender if sender is not None else self.number)},
            content=content,
            headers=headers,
            timeout=60,
            trust_env=False,
        )

    def fault(self, kind: str, **members: Any) -> None:
        answer = httpx.post(
            f"{self.meta}/simulator/faults", json={"kind": kind, **members}, trust_env=False
        )
        assert answer.status_code == 200, answer.text


def connected(firm: Firm, token: str = DEFAULT_ACCESS_TOKEN, url: str | None = None) -> Any:
    """A number of the firm with this token at Meta."""
    number = firm.setup.add_sender_number(
        firm.tenant_id,
        waba_id=DEFAULT_WABA_ID,
        phone_number_id=str(new_id().int)[-15:],
        display_phone="+622129001299",
        secrets=SenderSecrets(APP_SECRET, VERIFY_TOKEN, token),
        app=firm.app,
        graph_url=url,
    )
    firm.stack.wait_until_seen(firm.tenant_id)
    return number


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Iterator[Desk]:
    firm = Firm(stack, "Kantor Hukum Contoh Berkas")
    with (
        simulator_server(SimulatorConfig()) as meta,
        served(stack.store, stack.redis_url, graph_api_url=meta) as port,
    ):
        yield Desk(firm, f"http://127.0.0.1:{port}", meta, connected(firm))


@pytest.mark.parametrize(
    ("content", "content_type", "form"),
    [
        (picture("JPEG"), "image/jpeg", HeaderFormat.IMAGE),
        (picture("PNG"), "image/png", HeaderFormat.IMAGE),
        (MP4, "video/mp4", HeaderFormat.VIDEO),
        (pdf(), "application/pdf", HeaderFormat.DOCUMENT),
    ],
)
def test_a_sample_is_handed_to_meta_and_kept_as_what_it_was(
    desk: Desk, content: bytes, content_type: str, form: HeaderFormat
) -> None:
    answer = desk.bring(content, name="surat Ratna")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    handle = found.pop("handle")
    assert found == {
        "format": form.value.upper(),
        "contentType": content_type,
        "sizeBytes": len(content),
    }
    kept = happened(desk.firm, TemplateSampleHandedOver)[-1]
    assert (kept.handle, kept.format, kept.size_bytes) == (handle, form, len(content))
    assert (kept.sender_number_id, kept.waba_id) == (desk.number, DEFAULT_WABA_ID)
    assert kept.member_id == desk.firm.members[Role.OWNER]


def test_the_number_is_named_by_its_global_id_too(desk: Desk) -> None:
    assert desk.bring(pdf(), sender=global_id("SenderNumber", desk.number)).status_code == 201


def test_nothing_of_a_sample_stays_in_the_store_of_files(desk: Desk) -> None:
    home = desk.firm.stack.store.settings.home

    def files() -> set[str]:
        return {str(path) for path in (home / "media").rglob("*") if path.is_file()}

    before = files()
    assert desk.bring(pdf()).status_code == 201
    assert files() == before


def test_a_sample_that_is_cut_short_goes_on_where_it_stopped(desk: Desk) -> None:
    desk.fault("upload_cut_short", times=2)
    large = pdf() + b"\n%" + bytes(300_000)
    answer = desk.bring(large)
    assert (answer.status_code, answer.json().get("sizeBytes")) == (201, len(large)), answer.text


@pytest.mark.parametrize(
    ("content", "content_type", "name", "code", "reason"),
    [
        (zipped(("a.txt", EICAR)), "application/zip", None, "FILE_REFUSED", "eicar_test_file"),
        (b"MZ" + bytes(500), "application/octet-stream", None, "FILE_REFUSED", "program"),
        (picture("PNG"), "application/pdf", None, "FILE_REFUSED", "type_differs"),
        (pdf(), "application/pdf", "surat.pdf.exe", "FILE_REFUSED", "hostile_name"),
        (b"", "application/pdf", None, "FILE_REFUSED", "empty"),
        (picture("WEBP"), "image/webp", None, "FILE_NOT_SENDABLE", "type_no_sample"),
        (b"Daftar bukti\n", "text/plain", None, "FILE_NOT_SENDABLE", "type_no_sample"),
        (
            picture("PNG") + bytes(5 << 20),
            "application/octet-stream",
            None,
            "FILE_NOT_SENDABLE",
            "too_large",
        ),
    ],
)
def test_what_is_harmful_or_no_sample_is_told_and_recorded_and_never_reaches_meta(
    desk: Desk,
    content: bytes,
    content_type: str,
    name: str | None,
    code: str,
    reason: str,
) -> None:
    unreachable = connected(desk.firm, url=NOBODY)
    before = len(happened(desk.firm, TemplateSampleHandedOver))
    answer = desk.bring(content, content_type, name=name, sender=unreachable)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code
    assert answer.json()["nextStep"]
    assert len(happened(desk.firm, TemplateSampleHandedOver)) == before
    refused = happened(desk.firm, TemplateSampleRefused)[-1]
    assert (refused.reason, refused.size_bytes) == (reason, len(content))
    assert refused.sender_number_id == unreachable


def test_without_every_scanner_no_sample_passes(stack: Stack, desk: Desk) -> None:
    before = len(happened(desk.firm, TemplateSampleHandedOver))
    with served(
        stack.store, stack.redis_url, graph_api_url=desk.meta, clamd_address="127.0.0.1:9"
    ) as port:
        answer = desk._replace(url=f"http://127.0.0.1:{port}").bring(pdf())
    assert (answer.status_code, answer.json()["code"]) == (503, "SCANNER_UNAVAILABLE")
    assert len(happened(desk.firm, TemplateSampleHandedOver)) == before


def test_a_file_that_is_too_large_is_refused_before_it_is_whole(desk: Desk) -> None:
    limit = SENDABLE["image"].bytes_max
    answer = desk.bring(bytes(limit + 1), "image/png")
    assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")


def test_only_who_manages_templates_brings_samples(desk: Desk) -> None:
    for role in set(Role) - {Role.OWNER}:
        answer = desk.bring(pdf(), role=role)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    path = f"{desk.url}/media/template-samples"
    assert httpx.post(path, content=pdf(), trust_env=False).status_code == 401
    assert httpx.get(path, trust_env=False).status_code == 405


def test_a_number_of_another_firm_looks_like_an_unknown_one(desk: Desk, other_firm: Firm) -> None:
    for firm, sender in ((desk.firm, uuid4()), (other_firm, desk.number)):
        answer = desk.bring(pdf(), sender=sender, firm=firm)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert desk.bring(pdf(), sender="x").status_code == 422
    assert desk.bring(pdf(), sender="").json()["pointer"] == "/sender"


def test_a_meta_that_is_away_is_asked_again_later(desk: Desk) -> None:
    answer = desk.bring(pdf(), sender=connected(desk.firm, url=NOBODY))
    assert (answer.status_code, answer.json()["code"]) == (503, "TEMPLATE_CALL_REFUSED")
    assert answer.headers["retry-after"] == "5"
    desk.fault("upload_cut_short", times=3)
    assert desk.bring(pdf()).status_code == 503


def test_a_token_that_meta_refuses_is_told_without_it(desk: Desk) -> None:
    answer = desk.bring(pdf(), sender=connected(desk.firm, token="EAArevoked"))
    assert answer.status_code == 422
    assert "190" in answer.json()["detail"]
    assert answer.json()["nextStep"]
    assert "EAArevoked" not in answer.text
