"""A file of a message is kept encrypted, or it is told why not; the message is never touched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.circuit import ENDPOINT
from domain.effects import FetchMedia
from domain.hub import LawyersHub
from domain.identity import MessageId, media_id_of
from domain.inbound_message import InboundMessageContent, MessageReceived, ReceiveMessage
from domain.media import Media, MediaFailed, MediaRefused, MediaState, MediaStored
from domain.media_commands import RetryMedia
from domain.message_content import MediaContent
from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.media.clamd import Clamd
from infrastructure.media.download import MediaDownloader
from infrastructure.media.file_cipher import ObjectCipher, stored_size
from infrastructure.media.inspection.known_bad import EICAR
from infrastructure.media.object_store import ObjectStore, object_name
from infrastructure.media.scan_check.sample import picture
from infrastructure.media.scanner import Scanner
from infrastructure.media.workshop import Workshop
from infrastructure.postgres.circuits import Circuits
from infrastructure.postgres.connections import tenant_session
from infrastructure.unique_ids import new_event_id
from infrastructure.whatsapp.media_upload import CloudApiUploads
from jobs.runtime import MediaRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import TENANT
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, META, SENDER_ID
from tests.jobs.conftest import always_later
from tests.jobs.stored_story import StoredStory
from tests.media.meta_files import MEDIA_ID, TOKEN, MetaFiles, meta_files

PHOTO = picture("JPEG", 1200, 800)


@pytest.fixture
def files() -> Iterator[MetaFiles]:
    with meta_files(PHOTO) as running:
        yield running


@pytest.fixture
def keeping(
    common: dict[str, Any], story: StoredStory, files: MetaFiles, tmp_path: Path
) -> MediaRuntime:
    def token(_tenant_id: UUID, _number_id: UUID, _fingerprint: str) -> AccessToken:
        return AccessToken(TOKEN)

    objects = ObjectStore("", tmp_path)
    return MediaRuntime(
        **common,
        hub=LawyersHub(common["journal"], story.clock, new_event_id, common["vault"]),
        clock=story.clock,
        workshop=Workshop(tmp_path, Scanner(None), objects),
        objects=objects,
        circuits=Circuits(
            common["pool"],
            story.clock,
            lambda: 0.0,
            rules=ENDPOINT,
            monotonic=always_later(),
        ),
        downloader=MediaDownloader(graph_version="v26.0", hosts=("fbsbx.com",)),
        uploads=CloudApiUploads(HttpClientPool(), graph_url=files.url, graph_version="v26.0"),
        graph_url=files.url,
        retention_days=30,
        access_token=token,
    )


def send_photo(story: StoredStory, files: MetaFiles, **facts: Any) -> MessageReceived:
    """The contact sends a photo; read models follow."""
    body = MediaContent(
        **(
            {
                "media": "image",
                "media_id": MEDIA_ID,
                "mime_type": "image/jpeg",
                "sha256": files.sha256,
                "url": files.address,
            }
            | facts
        )
    )
    message = MessageReceived(
        message_id=MessageId(uuid4()),
        conversation_id=CONVERSATION_ID,
        contact_id=CONTACT_ID,
        sender_number_id=SENDER_ID,
        kind=body.media,
        envelope_order=0,
        content=InboundMessageContent(wamid=f"wamid.{uuid4()}", body=body),
    )
    story.handle(ReceiveMessage(message=message), by=META)
    story.run_policies()
    story.catch_up()
    return message


def work(runtime: MediaRuntime, story: StoredStory) -> None:
    """The worker takes up the newest fetch that was asked for."""
    effect = [one for one in story.effects if isinstance(one, FetchMedia)][-1]
    perform_work_item(WORK_KINDS, runtime, TENANT, effect.NAME, str(effect.reference))
    story.catch_up()


def media(runtime: MediaRuntime, message: MessageReceived) -> Media:
    return runtime.load(Media, TENANT, media_id_of(message.message_id))


def happened(runtime: MediaRuntime, message: MessageReceived, kind: type[Any]) -> list[Any]:
    records = runtime.journal.load(TENANT, media_id_of(message.message_id))
    return [record.event for record in records if isinstance(record.event, kind)]


def work_state(runtime: MediaRuntime) -> tuple[Any, ...] | None:
    with tenant_session(runtime.pool, TENANT) as connection:
        return connection.execute(
            "SELECT attempts, last_error FROM hub.work_attempt WHERE kind = 'fetch_media.v1'"
        ).fetchone()


def test_a_clean_file_is_kept_encrypted_with_its_picture(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, tmp_path: Path
) -> None:
    message = send_photo(story, files)
    work(keeping, story)
    found = media(keeping, message)
    assert found.state is MediaState.STORED
    stored, content = found.stored, found.content
    assert isinstance(stored, MediaStored)
    assert content is not None
    assert (stored.content_type, stored.size_bytes) == ("image/jpeg", len(PHOTO))
    assert content.sha256 == files.sha256
    assert [one.name for one in stored.previews] == ["thumbnail"]
    name = object_name(TENANT, stored.media_id, "original", content.file_key)
    kept = (tmp_path / "media" / "objects" / name).read_bytes()
    assert len(kept) == stored_size(len(PHOTO))
    assert PHOTO[:64] not in kept
    cipher = ObjectCipher(content.file_key, TENANT, stored.media_id, "original")
    assert cipher.open(0, kept, is_last=True) == PHOTO
    assert list((tmp_path / "media" / "work").iterdir()) == []


def test_the_same_work_again_keeps_nothing_again(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    message = send_photo(story, files)
    work(keeping, story)
    calls = len(files.calls)
    work(keeping, story)
    assert len(files.calls) == calls
    assert media(keeping, message).version == 1


def test_a_harmful_file_is_refused_and_nothing_of_it_stays(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, tmp_path: Path
) -> None:
    files.content = EICAR
    message = send_photo(story, files, media="document", mime_type="text/plain")
    work(keeping, story)
    assert media(keeping, message).state is MediaState.REFUSED
    (refused,) = happened(keeping, message, MediaRefused)
    assert refused.reason == "eicar_test_file"
    assert [one for one in (tmp_path / "media").rglob("*") if one.is_file()] == []


def test_a_download_that_fails_is_tried_again_and_then_told(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    files.statuses = [404, 404]
    message = send_photo(story, files)
    for attempt in range(1, 6):
        work(keeping, story)
        story.clock.advance(seconds=3600)
        if attempt < 5:
            assert work_state(keeping) == (attempt, "address_not_found")
            make_due(keeping)
            files.statuses = [404, 404]
    assert media(keeping, message).state is MediaState.FAILED
    (failed,) = happened(keeping, message, MediaFailed)
    assert failed.reason == "address_not_found_after_5_attempts"
    loaded = keeping.journal.load(TENANT, message.message_id)
    assert [type(record.event) for record in loaded] == [MessageReceived]


def make_due(runtime: MediaRuntime) -> None:
    with tenant_session(runtime.pool, TENANT) as connection:
        connection.execute(
            "UPDATE hub.work_attempt SET due_at = clock_timestamp() WHERE kind = 'fetch_media.v1'"
        )


def test_a_member_lets_a_failed_file_be_fetched_again(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    files.description = {"url": "https://elsewhere.example/file"}
    message = send_photo(story, files, url=None)
    work(keeping, story)
    assert media(keeping, message).state is MediaState.FAILED
    files.description = {}
    story.handle(RetryMedia(media_id=media_id_of(message.message_id)))
    story.run_policies()
    story.catch_up()
    work(keeping, story)
    assert media(keeping, message).state is MediaState.STORED


def test_a_file_that_meta_no_longer_has_is_expired_without_a_call(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    message = send_photo(story, files)
    story.clock.advance(seconds=int(timedelta(days=7, minutes=1).total_seconds()))
    work(keeping, story)
    assert media(keeping, message).state is MediaState.EXPIRED
    assert files.calls == []


def test_while_a_scanner_is_away_a_file_waits_and_nothing_is_fetched(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, free_port: int
) -> None:
    keeping.workshop.scanner = Scanner(Clamd(f"127.0.0.1:{free_port}"))
    message = send_photo(story, files)
    work(keeping, story)
    assert media(keeping, message).state is MediaState.ANNOUNCED
    assert files.calls == []
    assert work_state(keeping) == (0, "scanner_unavailable")
    keeping.workshop.scanner = Scanner(None)
    make_due(keeping)
    work(keeping, story)
    assert media(keeping, message).state is MediaState.STORED
