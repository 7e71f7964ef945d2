"""A file is opened by the member who was given a link, for minutes, and by nobody else."""

import httpx
import pytest

from api.graphql.ids import global_id
from api.media.headers import Range, range_of
from domain.media import FileContent
from domain.ports.media_inspector import Verdict
from domain.scopes import Role
from domain.sendable_files import safe_name
from infrastructure.media.file_cipher import CHUNK_BYTES, STORED_CHUNK_BYTES
from infrastructure.media.scan_check.sample import pdf, picture
from infrastructure.media.stored_file import WINDOW_CHUNKS
from tests.api.firm import Firm
from tests.api.media_story import MediaStory, opened_events
from tests.api.stack import Stack

TEXT = bytes(65 + number % 26 for number in range(3 * CHUNK_BYTES + 100))


@pytest.fixture(scope="module")
def media(stack: Stack) -> MediaStory:
    firm = Firm(stack, "Kantor Hukum Berkas")
    return MediaStory(firm, firm.consultation())


@pytest.fixture(scope="module")
def conversation(media: MediaStory) -> str:
    return str(global_id("Conversation", media.story.conversation_id))


def get(stack: Stack, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    answer = stack.client.get(path, headers=headers)
    return answer.status_code, dict(answer.headers), answer.content


def test_a_member_opens_a_file_and_that_is_recorded(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    message = media.keep(TEXT, name="surat: kuasa?.txt")
    shown = media.shown(media.firm.lawyer, conversation)
    assert (shown["state"], shown["contentType"], shown["sizeBytes"]) == (
        "STORED",
        "text/plain",
        len(TEXT),
    )
    status, headers, body = get(stack, shown["link"]["path"])
    assert (status, body) == (200, TEXT)
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-disposition"].startswith('attachment; filename="surat_ kuasa_.txt"')
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert "sandbox" in headers["content-security-policy"]
    get(stack, shown["link"]["path"], range="bytes=0-9")
    member = str(media.firm.members[Role.LAWYER])
    assert opened_events(media, message) == [(member, "original")]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-65535", 0, CHUNK_BYTES),
        ("bytes=65530-65545", CHUNK_BYTES - 6, CHUNK_BYTES + 10),
        ("bytes=131072-", 2 * CHUNK_BYTES, len(TEXT)),
        ("bytes=-50", len(TEXT) - 50, len(TEXT)),
        (f"bytes=5-{10 * len(TEXT)}", 5, len(TEXT)),
    ],
)
def test_any_range_of_a_file_is_served(
    stack: Stack, media: MediaStory, conversation: str, asked: str, start: int, end: int
) -> None:
    media.keep(TEXT)
    link = media.shown(media.firm.lawyer, conversation)["link"]["path"]
    status, headers, body = get(stack, link, range=asked)
    assert (status, body) == (206, TEXT[start:end])
    assert headers["content-range"] == f"bytes {start}-{end - 1}/{len(TEXT)}"


def test_a_file_that_ends_too_early_breaks_off_and_is_never_told_as_whole(
    stack: Stack, media: MediaStory, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    media.keep(TEXT * 6)
    first_window = media.objects.read(media.kept_at, 0, WINDOW_CHUNKS * STORED_CHUNK_BYTES)
    media.objects.put(media.kept_at, first_window + bytes(100))
    link = media.shown(media.firm.lawyer, conversation)["link"]["path"]
    with pytest.raises(httpx.RemoteProtocolError), stack.client.stream("GET", link) as answer:
        answer.read()
    told = [record for record in caplog.records if record.name == "api.media.serving"]
    assert [record.getMessage() for record in told] == ["A file broke off while it was served."]
    assert not [record for record in caplog.records if record.exc_info]


def test_a_range_outside_of_the_file_is_refused(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    media.keep(b"halo")
    link = media.shown(media.firm.lawyer, conversation)["link"]["path"]
    status, headers, _ = get(stack, link, range="bytes=4-")
    assert (status, headers["content-range"]) == (416, "bytes */4")
    assert stack.client.head(link).headers["content-length"] == "4"


def test_pictures_are_shown_inline_and_looking_at_a_page_is_recorded(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    photo = media.keep(picture("PNG", 900, 600), kind="image")
    shown = media.shown(media.firm.lawyer, conversation)
    (thumbnail,) = shown["previews"]
    assert (thumbnail["name"], thumbnail["width"], thumbnail["height"]) == ("thumbnail", 512, 341)
    status, headers, body = get(stack, thumbnail["link"]["path"])
    assert (status, headers["content-type"], body[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert headers["content-disposition"].startswith("inline")
    assert opened_events(media, photo) == []
    letter = media.keep(pdf())
    shown = media.shown(media.firm.lawyer, conversation)
    get(stack, shown["previews"][0]["link"]["path"])
    assert [part for _, part in opened_events(media, letter)] == ["page-1"]


def test_a_link_is_good_for_one_member_of_one_firm_only(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    media.keep(b"halo")
    link = media.shown(media.firm.lawyer, conversation)["link"]["path"]
    stranger = Firm(stack, "Kantor Hukum Lain")
    for token in (stranger.lawyer, media.firm.tokens[Role.OWNER], "lh_live_nonsense"):
        assert get(stack, link, authorization=f"Bearer {token}")[0] == 404
    assert get(stack, link, authorization=f"Bearer {media.firm.lawyer}")[0] == 200
    assert get(stack, link)[0] == 200
    asked = stack.data(
        stranger.lawyer,
        "query($id: ID!) { node(id: $id) { id } }",
        {"id": media.shown(media.firm.lawyer, conversation)["id"]},
    )
    assert asked["node"] is None


def test_a_link_that_was_not_given_out_leads_nowhere(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    media.keep(b"halo")
    link = media.shown(media.firm.lawyer, conversation)["link"]["path"]
    other = "A" if link[20] != "A" else "B"
    for changed in (link[:-4], link[:20] + other + link[21:], "/media/x", "/media/" + "A" * 5000):
        assert get(stack, changed)[0] == 404


def test_a_link_dies_with_the_access_token(stack: Stack, media: MediaStory) -> None:
    firm = Firm(stack, "Kantor Hukum Sementara")
    own = MediaStory(firm, firm.consultation())
    own.keep(b"halo")
    conversation = str(global_id("Conversation", own.story.conversation_id))
    issued = firm.setup.issue_token(firm.tenant_id, firm.members[Role.LAWYER], ttl_days=1)
    stack.wait_until_seen(firm.tenant_id)
    link = own.shown(issued.token, conversation)["link"]["path"]
    assert get(stack, link)[0] == 200
    firm.setup.revoke_token(firm.tenant_id, firm.members[Role.LAWYER], issued.token_id)
    stack.wait_until_seen(firm.tenant_id)
    assert get(stack, link)[0] == 404


def test_a_deleted_file_and_an_erased_contact_are_told_as_gone(stack: Stack) -> None:
    firm = Firm(stack, "Kantor Hukum Hapus")
    own = MediaStory(firm, firm.consultation())
    conversation = str(global_id("Conversation", own.story.conversation_id))
    message = own.keep(b"halo")
    link = own.shown(firm.lawyer, conversation)["link"]["path"]
    own.delete(message)
    assert get(stack, link)[0] == 410
    shown = own.shown(firm.lawyer, conversation)
    assert (shown["state"], shown["link"], shown["previews"]) == ("DELETED", None, [])
    own.keep(b"halo lagi")
    link = own.shown(firm.lawyer, conversation)["link"]["path"]
    stack.store.vault.erase_subject(firm.tenant_id, own.story.contact_id)
    assert get(stack, link)[0] == 410


def test_an_auditor_sees_that_there_is_a_file_and_gets_no_link(
    media: MediaStory, conversation: str
) -> None:
    media.keep(b"halo", name="rahasia.txt")
    shown = media.shown(media.firm.tokens[Role.AUDITOR], conversation)
    assert (shown["state"], shown["fileName"], shown["link"]) == ("STORED", None, None)
    assert shown["contentState"] == "HIDDEN"


def test_a_refused_file_says_why_and_can_be_fetched_again(
    stack: Stack, media: MediaStory, conversation: str
) -> None:
    message = media.receive()
    announced = media.shown(media.firm.lawyer, conversation)
    assert (announced["state"], announced["link"]) == ("ANNOUNCED", None)
    media.refuse(message, Verdict.UNSCANNABLE, "encrypted")
    shown = media.shown(media.firm.lawyer, conversation)
    assert (shown["state"], shown["failure"], shown["link"]) == ("REFUSED", "encrypted", None)
    assert "password" in shown["failureMessage"]
    assert shown["failureNextStep"]
    retry = """mutation($id: ID!, $key: String!) { retryMedia(input: {mediaId: $id,
        idempotencyKey: $key}) { media { state } userErrors { code } } }"""
    again = stack.data(media.firm.lawyer, retry, {"id": shown["id"], "key": "1"})["retryMedia"]
    assert again == {"media": {"state": "ANNOUNCED"}, "userErrors": []}
    refused = stack.data(media.firm.lawyer, retry, {"id": shown["id"], "key": "2"})["retryMedia"]
    assert refused["userErrors"] == [{"code": "MEDIA_NOT_RETRYABLE"}]


def test_a_range_is_read_as_the_standard_says() -> None:
    assert range_of(None, 10) == Range(0, 10, is_partial=False)
    assert range_of("bytes=0-1,4-5", 10) == Range(0, 10, is_partial=False)
    assert range_of("pages=1-2", 10) == Range(0, 10, is_partial=False)
    assert range_of("bytes=-", 10) == Range(0, 10, is_partial=False)
    assert range_of("bytes=-0", 10) is None
    assert range_of("bytes=7-3", 10) is None
    assert range_of("bytes=-99", 10) == Range(0, 10, is_partial=True)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        (None, "file.pdf"),
        ("", "file.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("surat\r\nX: y.pdf", "suratX_ y.pdf"),
        ("faktur\u202efdp.exe", "fakturfdp.exe"),
        ("a" * 300 + ".pdf", "a" * 100 + ".pdf"),
        ('"><script>.pdf', "__ _script_.pdf".replace(" ", "")),
    ],
)
def test_a_name_leads_nowhere_and_disguises_nothing(name: str | None, safe: str) -> None:
    assert safe_name(name, "application/pdf") == safe


def test_the_key_of_a_file_shows_in_no_representation() -> None:
    assert "\\x00" not in repr(FileContent(file_key=bytes(32), sha256="", name="x"))
