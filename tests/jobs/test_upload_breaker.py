"""Files that go out meet the breaker too: a refused token is met a few times, then files wait."""

from typing import Any

from domain.circuit import CircuitKind
from domain.delivery_state import DeliveryState
from infrastructure.postgres.circuits import CircuitKey
from infrastructure.postgres.connections import tenant_session
from jobs.media_breaker import AWAY
from jobs.runtime import MediaRuntime, SendRuntime
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_prepare_file import (
    ScriptedUploads,
    brought,
    document,
    media,
    message,
    prepare,
    ready,
    refused,
    replied,
    send,
    uploads,
)

__all__ = ["media", "ready", "uploads"]

TOKEN_EXPIRED = 190


def known(media: MediaRuntime) -> Any:
    with tenant_session(media.pool, TENANT) as connection:
        (row,) = connection.execute(
            "SELECT attempts, last_error FROM hub.work_attempt WHERE kind = 'prepare_file.v1'"
        ).fetchall()
        connection.execute("UPDATE hub.work_attempt SET due_at = now() - interval '1 second'")
    return row


def test_uploads_with_a_refused_token_open_the_circuit_and_then_wait_without_an_attempt(
    ready: StoredStory, sending: SendRuntime, media: MediaRuntime, uploads: ScriptedUploads
) -> None:
    sent = replied(ready, document(brought(ready, media)))
    send(ready, sending)
    key = CircuitKey(CircuitKind.MEDIA, str(SENDER_ID), TENANT)
    for _ in range(4):
        media.circuits.note_failure(key, "access_denied")
    uploads.refusals += [refused(TOKEN_EXPIRED)] * 2
    prepare(ready, media)
    assert known(media) == (0, AWAY)
    prepare(ready, media)
    assert len(uploads.refusals) == 1
    uploads.refusals.clear()
    ready.clock.advance(minutes=2)
    prepare(ready, media)
    send(ready, sending)
    assert message(ready, sent).state is DeliveryState.ACCEPTED
