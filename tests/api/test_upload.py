"""A file is brought by whoever may, for a contact of the firm, and kept only if it is harmless."""

import itertools
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from api.graphql.ids import global_id
from api.media import reception
from api.media.reception import file_name_of
from domain.media import MediaUploaded, MediaUploadRefused
from domain.scopes import Role
from domain.sendable_files import SENDABLE
from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.scan_check.sample import pdf, picture, word_document, zipped
from infrastructure.postgres.connections import tenant_session
from tests.api.firm import Consultation, Firm
from tests.api.stack import Stack

OGG = b"OggS" + bytes(24) + b"%s" + bytes(200)


@pytest.fixture(scope="module")
def firm(stack: Stack) -> Firm:
    return Firm(stack, "Kantor Hukum Lampiran")


@pytest.fixture(scope="module")
def story(firm: Firm) -> Consultation:
    return firm.consultation()


def bring(
    firm: Firm,
    story: Consultation,
    content: Any,
    content_type: str = "application/octet-stream",
    *,
    name: str | None = None,
    role: Role = Role.LAWYER,
    conversation: str | None = None,
) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {firm.tokens[role]}", "content-type": content_type}
    if name is not None:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{name}"
    place = conversation or str(global_id("Conversation", story.conversation_id))
    answer = firm.stack.client.post(
        "/media", params={"conversation": place}, content=content, headers=headers
    )
    return answer.status_code, answer.json()


def happened(firm: Firm, kind: type[Any]) -> list[Any]:
    with tenant_session(firm.stack.store.pool, firm.tenant_id) as connection:
        rows = connection.execute(
            "SELECT originator_id FROM hub.events WHERE topic = %s ORDER BY notification_id",
            (kind.TOPIC,),
        ).fetchall()
    journal = firm.stack.store.journal
    return [journal.load(firm.tenant_id, row[0])[0].event for row in rows]


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (pdf(), "application/pdf", "document"),
        (picture("JPEG"), "image/jpeg", "image"),
        (picture("WEBP"), "image/webp", "sticker"),
        (OGG.replace(b"%s", b"OpusHead"), "audio/ogg; codecs=opus", "audio"),
        (word_document(), "application/octet-stream", "document"),
        (b"Daftar bukti\n", "text/plain; charset=utf-8", "document"),
    ],
)
def test_what_whatsapp_takes_is_kept_under_the_kind_of_its_real_type(
    firm: Firm, story: Consultation, content: bytes, content_type: str, kind: str
) -> None:
    status, answer = bring(firm, story, content, content_type, name="bukti")
    assert (status, answer["kind"], answer["sizeBytes"]) == (201, kind, len(content))
    kept = happened(firm, MediaUploaded)[-1]
    assert (kept.conversation_id, kept.contact_id) == (story.conversation_id, story.contact_id)
    assert kept.member_id == firm.members[Role.LAWYER]


def test_a_name_is_cleaned_before_it_is_kept(firm: Firm, story: Consultation) -> None:
    status, answer = bring(firm, story, pdf(), name="..%2F..%2Fsurat%E2%80%AE%20kuasa.pdf")
    assert (status, answer["fileName"]) == (201, "_.._surat kuasa.pdf")


def test_a_file_that_comes_too_slowly_gives_its_place_to_others(
    firm: Firm, story: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = itertools.count(0, 60)
    monkeypatch.setattr(reception, "time", SimpleNamespace(monotonic=lambda: next(minutes)))
    status, answer = bring(firm, story, pdf(), "application/pdf")
    assert (status, answer["code"]) == (408, "UPLOAD_TOO_SLOW")
    assert answer["nextStep"]


@pytest.mark.parametrize(
    ("content", "content_type", "name", "code", "reason"),
    [
        (zipped(("a.txt", EICAR)), "application/zip", None, "FILE_REFUSED", "eicar_test_file"),
        (picture("PNG"), "application/pdf", None, "FILE_REFUSED", "type_differs"),
        (b"MZ" + bytes(500), "application/octet-stream", None, "FILE_REFUSED", "program"),
        (pdf(), "application/pdf", "surat.pdf.exe", "FILE_REFUSED", "hostile_name"),
        (b"", "application/pdf", None, "FILE_REFUSED", "empty"),
        (zipped(("a.txt", b"halo")), "application/zip", None, "FILE_NOT_SENDABLE", None),
        (OGG.replace(b"%s", b"vorbis"), "audio/ogg", None, "FILE_NOT_SENDABLE", "voice_codec"),
    ],
)
def test_what_is_harmful_or_cannot_be_sent_is_told_and_not_kept(
    firm: Firm,
    story: Consultation,
    content: bytes,
    content_type: str,
    name: str | None,
    code: str,
    reason: str | None,
) -> None:
    kept = len(happened(firm, MediaUploaded))
    status, answer = bring(firm, story, content, content_type, name=name)
    assert (status, answer["code"]) == (422, code)
    assert answer["detail"]
    assert answer["nextStep"]
    assert len(happened(firm, MediaUploaded)) == kept
    refusal = happened(firm, MediaUploadRefused)[-1]
    assert reason in {None, refusal.reason}


def test_a_file_that_is_too_large_is_refused_before_it_is_whole(
    firm: Firm, story: Consultation
) -> None:
    limit = SENDABLE["image"].bytes_max
    status, answer = bring(firm, story, bytes(limit + 1), "image/png")
    assert (status, answer["code"]) == (413, "FILE_TOO_LARGE")

    def endless() -> Any:
        for _ in range(64):
            yield bytes(limit // 32)

    status, answer = bring(firm, story, endless(), "image/png")
    assert (status, answer["code"]) == (413, "FILE_TOO_LARGE")


def test_only_who_may_brings_files_and_only_for_contacts_of_the_firm(
    stack: Stack, firm: Firm, story: Consultation
) -> None:
    assert bring(firm, story, pdf(), role=Role.CS)[0] == 201
    assert bring(firm, story, pdf(), role=Role.AUDITOR)[1]["code"] == "FORBIDDEN"
    assert stack.client.post("/media", content=pdf()).status_code == 401
    assert stack.client.get("/media").status_code == 405
    stranger = Firm(stack, "Kantor Hukum Seberang")
    for conversation in (None, str(uuid4())):
        status, answer = bring(stranger, story, pdf(), conversation=conversation)
        assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert bring(firm, story, pdf(), conversation="x")[0] == 422


def test_names_are_read_in_every_usual_writing() -> None:
    assert file_name_of('attachment; filename="surat kuasa.pdf"') == "surat kuasa.pdf"
    assert file_name_of("attachment; filename*=UTF-8''surat%20kuasa.pdf") == "surat kuasa.pdf"
    assert file_name_of('attachment; filename="surat é.pdf"'.encode().decode("latin-1")) == (
        "surat é.pdf"
    )
    for odd in (None, "", "attachment", "attachment; filename*=x''%ff", '"; ;=*'):
        file_name_of(odd)


def test_another_system_attaches_a_file_that_a_member_sees_before_approving(
    stack: Stack, firm: Firm, story: Consultation
) -> None:
    bill = pdf()
    _, answer = bring(firm, story, bill, name="tagihan%2017.pdf", role=Role.INTEGRATION)

    def propose(media_id: str) -> Any:
        body = {"type": "media", "mediaId": media_id, "caption": "Tagihan 17"}
        return stack.client.post(
            "/v1/messages",
            json={"to": {"contactId": str(story.contact_id)}, "body": body},
            headers={
                "authorization": f"Bearer {firm.tokens[Role.INTEGRATION]}",
                "idempotency-key": str(uuid4()),
            },
        )

    assert propose(answer["id"]).status_code == 202
    queue = "{ draftQueue { nodes { content { kind text file { fileName link { path } } } } } }"
    contents = [one["content"] for one in stack.data(firm.lawyer, queue)["draftQueue"]["nodes"]]
    (shown,) = [one for one in contents if one["kind"] == "MEDIA"]
    assert shown["text"].endswith("Tagihan 17")
    assert shown["file"]["fileName"] == "tagihan 17.pdf"
    assert stack.client.get(shown["file"]["link"]["path"]).content == bill
    refused = propose(str(uuid4()))
    assert (refused.status_code, refused.json()["pointer"]) == (422, "/body/mediaId")


def test_a_file_goes_to_nobody_but_the_contact_that_it_was_brought_for(
    stack: Stack, firm: Firm, story: Consultation
) -> None:
    other = firm.consultation()
    _, answer = bring(firm, other, pdf())
    send = """mutation($i: SendReplyInput!) {
      sendReply(input: $i) { draft { id } userErrors { field message nextStep } } }"""
    wish = {
        "conversationId": str(global_id("Conversation", story.conversation_id)),
        "body": {"media": {"mediaId": answer["id"]}},
        "idempotencyKey": str(uuid4()),
    }
    told = stack.data(firm.lawyer, send, {"i": wish})["sendReply"]
    assert told["draft"] is None
    assert told["userErrors"][0]["field"] == ["input", "body", "media", "mediaId"]
