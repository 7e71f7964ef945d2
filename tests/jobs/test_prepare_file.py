"""A message with a file waits until Meta has the file: uploaded once, again only where it was lost.

The upload is no attempt, and other messages go on meanwhile.
"""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.attempt_needs import USER_ID_REFUSED
from domain.body_digest import body_digest
from domain.circuit import ENDPOINT
from domain.contact import ContactDetails, ContactIdentity, IdentityKind
from domain.contact_commands import ChangeContactDetails
from domain.delivery_state import DeliveryState
from domain.draft import WriteReply
from domain.effects import PrepareFile
from domain.hosted_file import HOSTED_FOR
from domain.hub import LawyersHub
from domain.identity import DraftId, MediaId, OutboundMessageId, outbound_id_after
from domain.media import Media, MediaState
from domain.media_commands import DeleteMedia
from domain.media_upload import KeepUpload
from domain.outbound_body import OutboundBody, TextBody
from domain.outbound_media import AttachedFile, MediaBody
from domain.outbound_message import OutboundMessage
from domain.outbound_retry import RetryOutbound
from domain.ports.whatsapp import AccessToken, RetryRule, SendErrorClass, SendRefused
from infrastructure.media.download import MediaDownloader
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.scan_check.sample import pdf
from infrastructure.media.scanner import Scanner
from infrastructure.media.workshop import Taken, Workshop
from infrastructure.postgres.circuits import Circuits
from infrastructure.postgres.connections import tenant_session
from infrastructure.unique_ids import new_event_id, new_id
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.media_upload import CloudApiUploads, FileUpload
from jobs.drain_sender import drain_sender
from jobs.runtime import MediaRuntime, SendRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import OPERATOR, TENANT
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, META, SENDER_ID
from tests.jobs.conftest import ScriptedMeta, always_later
from tests.jobs.stored_story import StoredStory

LETTER = pdf()


class ScriptedUploads(CloudApiUploads):
    """Takes each file and reads it whole, or refuses as told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refusals: list[SendRefused] = []

    def upload(self, upload: FileUpload) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append(b"".join(upload.content()))
        return f"meta-{len(self.taken)}"


@pytest.fixture
def uploads() -> ScriptedUploads:
    return ScriptedUploads()


@pytest.fixture
def media(
    common: dict[str, Any], story: StoredStory, uploads: ScriptedUploads, tmp_path: Path
) -> MediaRuntime:
    def token(_tenant_id: UUID, _number_id: UUID, _fingerprint: str) -> AccessToken:
        return AccessToken("a made-up token")

    objects = ObjectStore("", tmp_path)
    return MediaRuntime(
        **common,
        hub=LawyersHub(common["journal"], story.clock, new_event_id, common["vault"]),
        clock=story.clock,
        workshop=Workshop(tmp_path, Scanner(None), objects),
        objects=objects,
        downloader=MediaDownloader(graph_version="v26.0", hosts=()),
        circuits=Circuits(
            common["pool"],
            story.clock,
            lambda: 0.0,
            rules=ENDPOINT,
            monotonic=always_later(),
        ),
        uploads=uploads,
        graph_url="http://127.0.0.1:9",
        retention_days=30,
        access_token=token,
    )


@pytest.fixture
def ready(story: StoredStory, sending: SendRuntime, meta: ScriptedMeta) -> StoredStory:
    """Consent given and intake completed; every automatic word was sent."""
    story.completes_the_intake()
    sent = -1
    while sent < len(meta.requests):
        sent = len(meta.requests)
        story.catch_up()
        drain_sender(sending, TENANT, str(SENDER_ID))
    story.catch_up()
    meta.requests.clear()
    return story


def send(story: StoredStory, sending: SendRuntime) -> None:
    story.run_policies()
    story.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    story.run_policies()
    story.catch_up()


def prepare(story: StoredStory, media: MediaRuntime) -> None:
    """The worker takes up the upload that is asked for."""
    with tenant_session(media.pool, TENANT) as connection:
        ((reference,),) = connection.execute(
            "SELECT reference FROM read_model.work_items WHERE kind = %s AND state = 'due'",
            (PrepareFile.NAME,),
        ).fetchall()
    perform_work_item(WORK_KINDS, media, TENANT, PrepareFile.NAME, str(reference))
    story.catch_up()


def brought(story: StoredStory, media: MediaRuntime, content: bytes = LETTER) -> AttachedFile:
    """A lawyer brings a file."""
    media_id = MediaId(new_id())
    with media.workshop.bench(TENANT, media_id) as bench:
        writer = bench.writer()
        writer.write(content)
        writer.finish()
        digest = hashlib.sha256(content).hexdigest()
        kept = bench.keep(
            Taken(len(content), digest), declared_type="application/pdf", name="surat.pdf"
        )
    story.handle(
        KeepUpload(
            media_id=media_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            kind="document",
            content_type="application/pdf",
            size_bytes=len(content),
            file_digest=story.vault.digest(TENANT, "file", bytes.fromhex(digest)),
            scanners=("embedded",),
            previews=kept.previews,
            file=kept.content,
        )
    )
    return AttachedFile(
        media_id=media_id, sha256=digest, content_type="application/pdf", size_bytes=len(content)
    )


def replied(story: StoredStory, body: OutboundBody) -> OutboundMessageId:
    draft_id = DraftId(new_id())
    story.handle(
        WriteReply(
            draft_id=draft_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            body=body,
            body_digest=body_digest(story.vault, TENANT, body),
        )
    )
    return outbound_id_after(draft_id)


def document(file: AttachedFile) -> MediaBody:
    return MediaBody(kind="document", file=file, filename="surat.pdf")


def message(story: StoredStory, outbound_message_id: OutboundMessageId) -> OutboundMessage:
    found: OutboundMessage = story.load(OutboundMessage, outbound_message_id)
    return found


def refused(code: int) -> SendRefused:
    rule = rule_for(code)
    return SendRefused(
        rule.words,
        error_class=rule.error_class,
        retry=rule.retry,
        next_step=rule.next_step,
        meta_code=code,
        circuit=rule.circuit,
    )


def test_the_file_is_uploaded_before_the_first_attempt_and_reused_afterwards(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    first = replied(ready, document(file))
    send(ready, sending)
    assert (meta.requests, message(ready, first).attempt) == ([], 0)
    prepare(ready, media)
    send(ready, sending)
    second = replied(ready, document(file))
    send(ready, sending)
    assert uploads.taken == [LETTER]
    assert [one.meta_media_id for one in meta.requests] == ["meta-1", "meta-1"]
    for sent in (first, second):
        assert message(ready, sent).state is DeliveryState.ACCEPTED
        assert message(ready, sent).attempt == 1


def test_what_the_contact_reads_later_waits_for_the_file_and_nothing_else_does(
    ready: StoredStory, sending: SendRuntime, media: MediaRuntime, meta: ScriptedMeta
) -> None:
    replied(ready, document(brought(ready, media)))
    replied(ready, TextBody(text="Terlampir surat kuasa."))
    send(ready, sending)
    send(ready, sending)
    assert meta.requests == []
    prepare(ready, media)
    send(ready, sending)
    assert [type(one.body) for one in meta.requests] == [MediaBody, TextBody]


def test_a_file_that_meta_does_not_know_any_more_is_uploaded_again_once(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    sent = replied(ready, document(brought(ready, media)))
    send(ready, sending)
    prepare(ready, media)
    meta.answers.append(refused(131009))
    send(ready, sending)
    assert message(ready, sent).spent_attempts == 0
    send(ready, sending)
    prepare(ready, media)
    meta.answers.append(refused(131009))
    send(ready, sending)
    assert len(uploads.taken) == 2
    assert [one.meta_media_id for one in meta.requests] == ["meta-1", "meta-2"]
    assert message(ready, sent).state is DeliveryState.FAILED


def test_an_id_that_is_about_to_end_is_not_used_any_more(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    replied(ready, document(file))
    send(ready, sending)
    prepare(ready, media)
    send(ready, sending)
    ready.clock.advance(days=HOSTED_FOR.days)
    ready.writes("Bisa kirim lagi?")
    replied(ready, document(file))
    send(ready, sending)
    prepare(ready, media)
    send(ready, sending)
    assert len(uploads.taken) == 2
    assert [one.meta_media_id for one in meta.requests][-1] == "meta-2"


def test_a_file_that_whatsapp_refuses_ends_the_message_with_its_words_and_can_be_tried_again(
    ready: StoredStory, sending: SendRuntime, media: MediaRuntime, uploads: ScriptedUploads
) -> None:
    sent = replied(ready, document(brought(ready, media)))
    send(ready, sending)
    uploads.refusals.append(refused(131053))
    prepare(ready, media)
    found = message(ready, sent)
    assert (found.state, found.attempt) == (DeliveryState.FAILED, 0)
    ready.handle(RetryOutbound(outbound_message_id=sent), by=OPERATOR)
    send(ready, sending)
    prepare(ready, media)
    send(ready, sending)
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_an_upload_that_meta_does_not_answer_is_tried_again_without_an_attempt(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    sent = replied(ready, document(brought(ready, media)))
    send(ready, sending)
    uploads.refusals.append(
        SendRefused(
            "away",
            error_class=SendErrorClass.TRANSIENT,
            retry=RetryRule(retries_max=4),
            next_step="",
        )
    )
    prepare(ready, media)
    found = message(ready, sent)
    assert (found.state, found.attempt) == (DeliveryState.REQUESTED, 0)
    assert found.needs.is_file_awaited
    with tenant_session(media.pool, TENANT) as connection:
        known = connection.execute(
            "SELECT attempts, last_error FROM hub.work_attempt WHERE kind = 'prepare_file.v1'"
        ).fetchall()
    assert known == [(1, "meta_unreachable")]


def test_a_file_that_was_deleted_or_changed_meanwhile_is_not_sent(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    deleted = replied(ready, document(file))
    ready.handle(DeleteMedia(media_id=file.media_id, reason="retention_ended"))
    send(ready, sending)
    prepare(ready, media)
    assert message(ready, deleted).state is DeliveryState.FAILED
    other = brought(ready, media)
    changed = replied(ready, document(AttachedFile(**{**_facts(other), "sha256": "0" * 64})))
    send(ready, sending)
    prepare(ready, media)
    assert message(ready, changed).state is DeliveryState.FAILED
    assert (meta.requests, uploads.taken) == ([], [])


def test_erasing_the_contact_makes_its_file_unreadable_and_unsent(
    ready: StoredStory,
    sending: SendRuntime,
    media: MediaRuntime,
    meta: ScriptedMeta,
    uploads: ScriptedUploads,
) -> None:
    file = brought(ready, media)
    waiting = replied(ready, document(file))
    send(ready, sending)
    media.vault.erase_subject(TENANT, CONTACT_ID)
    prepare(ready, media)
    assert message(ready, waiting).state is DeliveryState.FAILED
    kept = media.load(Media, TENANT, file.media_id)
    assert (kept.state, kept.content) == (MediaState.STORED, None)
    assert (meta.requests, uploads.taken) == ([], [])


def test_a_kind_that_takes_no_user_id_is_sent_to_the_phone_number_at_once(
    ready: StoredStory, sending: SendRuntime, meta: ScriptedMeta
) -> None:
    known = (
        ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890"),
        ContactIdentity(kind=IdentityKind.BSUID, value="ID.70418823915502846613"),
    )
    ready.handle(
        ChangeContactDetails(contact_id=CONTACT_ID, details=ContactDetails(identities=known)),
        by=META,
    )
    sent = replied(ready, TextBody(text="Halo"))
    meta.answers.append(refused(USER_ID_REFUSED))
    send(ready, sending)
    send(ready, sending)
    assert [one.recipient.user_id for one in meta.requests] == [known[1].value, None]
    assert {one.recipient.phone for one in meta.requests} == {known[0].value}
    found = message(ready, sent)
    assert (found.state, found.spent_attempts) == (DeliveryState.ACCEPTED, 0)


def _facts(file: AttachedFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in file.__struct_fields__}
