"""Files of edits, of imported history and of the firm's own phone are kept like any other."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.echoed_message import EchoedMessageContent, EchoOrigin, MessageEchoed, RecordEcho
from domain.effects import FetchMedia
from domain.identity import MessageId, media_id_of
from domain.inbound_message import (
    Arrival,
    InboundMessageContent,
    MessageReceived,
    ReceiveMessage,
)
from domain.media import Media, MediaFailed, MediaState
from domain.message_content import EditContent, MediaContent
from infrastructure.postgres.connections import tenant_session
from jobs.runtime import MediaRuntime
from projections.media import media_of_messages
from tests.domain.given import TENANT
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, META, SENDER_ID
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_fetch_media import files, keeping, work
from tests.media.meta_files import MEDIA_ID, MetaFiles

__all__ = ["files", "keeping"]


def photo(files: MetaFiles, **facts: Any) -> MediaContent:
    told = {"media_id": MEDIA_ID, "mime_type": "image/jpeg", "sha256": files.sha256}
    return MediaContent(media="image", **(told | facts))


def received(body: Any, **facts: Any) -> ReceiveMessage:
    return ReceiveMessage(
        message=MessageReceived(
            **_common(facts),
            content=InboundMessageContent(wamid=f"wamid.{uuid4()}", body=body),
        )
    )


def echoed(body: Any, **facts: Any) -> RecordEcho:
    return RecordEcho(
        message=MessageEchoed(
            **_common({"origin": EchoOrigin.PHONE_APP, "wamid_digest": "digest", **facts}),
            content=EchoedMessageContent(wamid=f"wamid.{uuid4()}", body=body),
        )
    )


def _common(facts: dict[str, Any]) -> dict[str, Any]:
    known = {
        "message_id": MessageId(uuid4()),
        "conversation_id": CONVERSATION_ID,
        "contact_id": CONTACT_ID,
        "sender_number_id": SENDER_ID,
        "kind": "image",
        "envelope_order": 0,
    }
    return known | facts


def comes(
    story: StoredStory, command: ReceiveMessage | RecordEcho, *, age: timedelta = timedelta(0)
) -> MessageId:
    """The message is taken in; read models follow."""
    written_at = story.clock.now() - age
    story.handle(command, by=META, occurred_at=written_at)
    story.run_policies()
    story.catch_up()
    return command.message.message_id


def found(runtime: MediaRuntime, message_id: MessageId) -> Media:
    return runtime.load(Media, TENANT, media_id_of(message_id))


@pytest.mark.parametrize("of_firm", [False, True], ids=["contact", "firm"])
def test_the_file_of_an_edit_is_kept_beside_that_of_the_original(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, of_firm: bool
) -> None:
    written = echoed if of_firm else received
    body = EditContent(target_wamid="wamid.1", content=photo(files))
    message_id = comes(story, written(body, kind="edit", edited_file_kind="image"))
    work(keeping, story)
    assert found(keeping, message_id).state is MediaState.STORED
    with tenant_session(keeping.pool, TENANT) as connection:
        (row,) = media_of_messages(TENANT, [message_id]).fetch(connection)
    assert (row.kind, row.state) == ("image", "stored")


def test_an_edit_of_words_fetches_nothing(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    body = EditContent(target_wamid="wamid.1", content=photo(files))
    message_id = comes(story, received(body, kind="edit"))
    assert not [one for one in story.effects if isinstance(one, FetchMedia)]
    assert found(keeping, message_id).version == 0


@pytest.mark.parametrize("of_firm", [False, True], ids=["contact", "firm"])
def test_a_file_of_imported_history_is_kept_however_old_its_message_is(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, of_firm: bool
) -> None:
    written = echoed if of_firm else received
    command = written(photo(files), arrival=Arrival.HISTORY)
    message_id = comes(story, command, age=timedelta(days=90))
    work(keeping, story)
    assert found(keeping, message_id).state is MediaState.STORED


def test_a_file_of_history_that_meta_has_no_more_is_told_as_expired(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    files.description_status = 404
    command = received(photo(files), arrival=Arrival.HISTORY)
    message_id = comes(story, command, age=timedelta(days=90))
    work(keeping, story)
    assert found(keeping, message_id).state is MediaState.EXPIRED
    records = keeping.journal.load(TENANT, media_id_of(message_id))
    assert [type(record.event) for record in records] == [MediaFailed]


def test_a_file_that_the_firm_sent_from_its_phone_is_kept(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles
) -> None:
    message_id = comes(story, echoed(photo(files, url=files.address)))
    work(keeping, story)
    assert found(keeping, message_id).state is MediaState.STORED
