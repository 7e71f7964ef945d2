"""A file that Meta took and could not use afterwards is uploaded anew; its id is not used again."""

from domain.delivery_state import DeliveryState
from domain.identity import OutboundMessageId, StreamId
from domain.message_status import MessageStatusReceived, ReceiveStatus, StatusDetails
from domain.outbound_media import AttachedFile
from domain.outbound_retry import RetryOutbound
from infrastructure.unique_ids import new_id
from jobs.runtime import MediaRuntime, SendRuntime
from tests.domain.given import OPERATOR, TENANT
from tests.domain.story import META, SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_prepare_file import (
    ScriptedUploads,
    brought,
    document,
    media,
    message,
    prepare,
    ready,
    replied,
    send,
    uploads,
)

__all__ = ["media", "ready", "uploads"]


def fails_later(story: StoredStory, sent: OutboundMessageId, code: int) -> None:
    """A status says, after Meta took the message, that it could not send it."""
    found = message(story, sent)
    assert found.wamid_digest is not None
    story.handle(
        ReceiveStatus(
            status_id=StreamId(new_id()),
            status=MessageStatusReceived(
                tenant_id=TENANT,
                sender_number_id=SENDER_ID,
                wamid_digest=found.wamid_digest,
                status="failed",
                outbound_message_id=sent,
                attempt=found.attempt,
                error_codes=(code,),
                content=StatusDetails(wamid="wamid.1", error_details=("Media upload error",)),
            ),
        ),
        by=META,
    )
    story.run_policies()
    story.catch_up()


def sent_with(
    file: AttachedFile, story: StoredStory, sending: SendRuntime, media: MediaRuntime
) -> OutboundMessageId:
    """A reply with a file that had to be uploaded first."""
    sent = replied(story, document(file))
    send(story, sending)
    prepare(story, media)
    send(story, sending)
    return sent


def test_a_file_that_meta_refuses_later_is_uploaded_anew_by_the_retry_and_by_other_messages(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    first = sent_with(file, ready, sending, media)
    fails_later(ready, first, 131053)
    assert message(ready, first).state is DeliveryState.FAILED
    second = sent_with(file, ready, sending, media)
    ready.handle(RetryOutbound(outbound_message_id=first), by=OPERATOR)
    send(ready, sending)
    assert len(uploads.taken) == 2
    assert [one.meta_media_id for one in meta.requests] == ["meta-1", "meta-2", "meta-2"]
    for sent in (first, second):
        assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_an_error_that_is_not_about_the_file_leaves_it_in_use(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    first = sent_with(file, ready, sending, media)
    fails_later(ready, first, 131026)
    replied(ready, document(file))
    send(ready, sending)
    assert len(uploads.taken) == 1
    assert [one.meta_media_id for one in meta.requests] == ["meta-1", "meta-1"]
