"""A file in a message: what may be sent, what an approval covers, how it waits for its file."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.attempt_needs import LOST_FILE_CODES
from domain.delivery_state import DeliveryState
from domain.errors import Forbidden, InvalidInput
from domain.identity import HostedFileId, MediaId, OutboundMessageId
from domain.media import MediaUploaded, MediaUploadRefused
from domain.media_upload import KeepUpload, RefuseUpload
from domain.outbound_body import canonical_bytes, check_body, file_of, plain_text
from domain.outbound_commands import RequestOutbound, StartAttempt
from domain.outbound_errors import OutboundNotDue
from domain.outbound_file import OutboundFileAwaited, OutboundFilePrepared, OutboundFileRejected
from domain.outbound_file_commands import AwaitFile, NoteFilePrepared, RejectFile
from domain.outbound_media import AttachedFile, MediaBody
from domain.outbound_message import (
    Approval,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundContent,
    OutboundFailed,
    OutboundMessage,
    OutboundRequested,
)
from domain.outbound_timing import OutboundCancelled, OutboundRetried
from domain.sendable_files import SENDABLE, FileNotSendable, safe_name, sendable_kind
from domain.template_body import HeaderMedia, TemplateBody, TemplateValues
from domain.template_components import HeaderFormat
from tests.domain.given import LAWYER, SYSTEM, digest, given
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of
from tests.domain.templates import filled_in

ID = OutboundMessageId(UUID(int=1))
HOSTED = HostedFileId(UUID(int=7))
FILE = AttachedFile(
    media_id=MediaId(UUID(int=5)),
    sha256="ab" * 32,
    content_type="application/pdf",
    size_bytes=12_345,
)
LETTER = MediaBody(kind="document", file=FILE, filename="surat kuasa.pdf", caption="Mohon dibaca.")
PHOTO = msgspec.structs.replace(FILE, content_type="image/jpeg")
VOICE = msgspec.structs.replace(FILE, content_type="audio/ogg")
REQUESTED = sample_of(
    OutboundRequested,
    outbound_message_id=ID,
    send_at=None,
    approval=sample_of(Approval, approved_by=LAWYER, body_digest=digest(LETTER)),
    content=OutboundContent(body=LETTER),
)
STARTED = OutboundAttemptStarted(
    outbound_message_id=ID,
    attempt=1,
    callback_data=f"{ID}.1",
    body_digest=digest(LETTER),
    meta_media_id="meta-1",
)


def awaited(number: int = 1) -> OutboundFileAwaited:
    return sample_of(
        OutboundFileAwaited, outbound_message_id=ID, preparation_id=UUID(int=100 + number)
    )


def test_a_file_reads_as_what_it_is_with_its_name_size_and_words() -> None:
    check_body(LETTER)
    assert plain_text(LETTER) == "Document: surat kuasa.pdf (12 KB)\nMohon dibaca."
    voice = MediaBody(kind="audio", file=VOICE, voice=True)
    check_body(voice)
    assert plain_text(voice) == "Voice message (12 KB)"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"filename": ""}, "filename"),
        ({"filename": "x" * 241}, "filename"),
        ({"caption": "x" * 1025}, "caption"),
        ({"kind": "image"}, "kind"),
        ({"kind": "folder"}, "kind"),
        ({"kind": "image", "file": PHOTO}, "filename"),
        ({"kind": "audio", "file": VOICE, "filename": ""}, "caption"),
        ({"voice": True}, "voice"),
        ({"file": msgspec.structs.replace(FILE, sha256="x")}, "sha256"),
        ({"file": msgspec.structs.replace(FILE, size_bytes=0)}, "size_bytes"),
        ({"file": msgspec.structs.replace(FILE, size_bytes=101 * 2**20)}, "size_bytes"),
    ],
)
def test_what_meta_would_refuse_about_a_file_is_refused_by_its_place(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_body(msgspec.structs.replace(LETTER, **changes))
    assert caught.value.field[-1] == field


def test_an_approval_covers_every_byte_of_the_file() -> None:
    other = msgspec.structs.replace(FILE, sha256="cd" * 32)
    assert digest(LETTER) != digest(msgspec.structs.replace(LETTER, file=other))


def test_a_template_without_a_kept_file_keeps_the_bytes_that_were_approved() -> None:
    linked = HeaderMedia(format=HeaderFormat.DOCUMENT, link="https://example.org/a.pdf")
    kept = HeaderMedia(format=HeaderFormat.DOCUMENT, file=FILE)
    assert b'"file"' not in canonical_bytes(below(linked))
    assert file_of(below(linked)) is None
    check_body(below(kept))
    assert file_of(below(kept)) == FILE


def below(header: HeaderMedia) -> TemplateBody:
    """A template whose words stand below a file."""
    return msgspec.structs.replace(filled_in(), values=TemplateValues(header=header))


@pytest.mark.parametrize(
    ("content_type", "size", "found"),
    [
        ("image/jpeg", SENDABLE["image"].bytes_max, "image"),
        ("image/webp", 1, "sticker"),
        ("image/jpeg", SENDABLE["image"].bytes_max + 1, None),
        ("application/zip", 1, None),
        ("", 1, None),
    ],
)
def test_the_kind_follows_from_the_type_and_each_has_its_size(
    content_type: str, size: int, found: str | None
) -> None:
    if found is not None:
        assert sendable_kind(content_type, size) == found
    else:
        with pytest.raises(FileNotSendable):
            sendable_kind(content_type, size)


def test_names_lead_nowhere_and_disguise_nothing() -> None:
    assert safe_name("../../etc/passwd\u202efdp.exe", "application/pdf") == "_.._etc_passwdfdp.exe"
    assert safe_name("", "image/jpeg") == "file.jpg"
    assert len(safe_name("x" * 500 + ".pdf", "application/pdf")) <= 120


def test_a_message_waits_for_its_file_without_spending_an_attempt() -> None:
    command = AwaitFile(outbound_message_id=ID, hosted_file_id=HOSTED)
    (event,) = given(OutboundMessage, REQUESTED).when(command, by=SYSTEM).then_any()
    assert isinstance(event, OutboundFileAwaited)
    assert (event.media_id, event.hosted_file_id) == (FILE.media_id, HOSTED)
    waiting = OutboundMessage.replay(ID, [REQUESTED, event])
    assert (waiting.state, waiting.attempt) == (DeliveryState.REQUESTED, 0)
    assert given(OutboundMessage, REQUESTED, event).when(command, by=SYSTEM).then_any() == ()


def test_no_attempt_is_made_without_the_file_at_meta() -> None:
    start = StartAttempt(outbound_message_id=ID, body_digest=digest(LETTER))
    given(OutboundMessage, REQUESTED).when(start, by=SYSTEM).then_refused(OutboundNotDue)
    start = msgspec.structs.replace(start, meta_media_id="meta-1")
    (event,) = given(OutboundMessage, REQUESTED).when(start, by=SYSTEM).then_any()
    assert event == STARTED


def test_only_the_present_wait_is_ended() -> None:
    for command in (
        NoteFilePrepared(outbound_message_id=ID, preparation_id=UUID(int=9)),
        RejectFile(outbound_message_id=ID, preparation_id=UUID(int=9), code=None, words="away"),
    ):
        assert (
            given(OutboundMessage, REQUESTED, awaited()).when(command, by=SYSTEM).then_any() == ()
        )
    end = NoteFilePrepared(outbound_message_id=ID, preparation_id=awaited().preparation_id)
    (event,) = given(OutboundMessage, REQUESTED, awaited()).when(end, by=SYSTEM).then_any()
    assert isinstance(event, OutboundFilePrepared)
    after = OutboundMessage.replay(ID, [REQUESTED, awaited(), event])
    assert not after.needs.is_file_awaited


def test_a_file_that_cannot_be_handed_over_ends_a_message_that_waits_and_no_other() -> None:
    reject = RejectFile(
        outbound_message_id=ID, preparation_id=awaited().preparation_id, code=131053, words="no"
    )
    events = given(OutboundMessage, REQUESTED, awaited()).when(reject, by=SYSTEM).then_any()
    assert [type(event) for event in events] == [OutboundFileRejected, OutboundFailed]
    cancelled = sample_of(OutboundCancelled, outbound_message_id=ID)
    events = (
        given(OutboundMessage, REQUESTED, awaited(), cancelled).when(reject, by=SYSTEM).then_any()
    )
    assert [type(event) for event in events] == [OutboundFileRejected]


@pytest.mark.parametrize("code", sorted(LOST_FILE_CODES))
def test_an_id_that_meta_does_not_know_is_not_used_again(code: int) -> None:
    failed = OutboundAttemptFailed(
        outbound_message_id=ID, attempt=1, code=code, words="gone", due_at=START, is_spent=False
    )
    after = OutboundMessage.replay(ID, [REQUESTED, STARTED, failed])
    assert after.needs.lost_file_ids == {"meta-1"}
    retried = sample_of(OutboundRetried, outbound_message_id=ID)
    again = OutboundMessage.replay(ID, [REQUESTED, STARTED, retried])
    assert again.needs.lost_file_ids == {"meta-1"}


def test_a_message_names_its_file_in_clear_and_the_digest_only_sealed() -> None:
    request = sample_of(
        RequestOutbound,
        outbound_message_id=ID,
        priority=3,
        expected_version=None,
        approval=REQUESTED.approval,
        body=LETTER,
        reply_to_wamid=None,
    )
    (event,) = given(OutboundMessage).when(request, by=SYSTEM).then_kinds(OutboundRequested)
    assert event.media_id == FILE.media_id


def test_only_people_and_integrations_of_the_firm_bring_files() -> None:
    keep = sample_of(
        KeepUpload,
        kind="document",
        content_type="application/pdf",
        size_bytes=10,
        expected_version=None,
    )
    refuse = sample_of(RefuseUpload, reason="encrypted", expected_version=None)
    for command, kind in ((keep, MediaUploaded), (refuse, MediaUploadRefused)):
        (event,) = given(command.AGGREGATE).when(command, by=LAWYER).then_any()
        assert isinstance(event, kind)
        assert given(command.AGGREGATE, event).when(command, by=LAWYER).then_any() == ()
        given(command.AGGREGATE).when(command, by=SYSTEM).then_refused(Forbidden)
    for changes in ({"kind": "image"}, {"size_bytes": 0}, {"scanners": ()}):
        other = msgspec.structs.replace(keep, **changes)
        given(keep.AGGREGATE).when(other, by=LAWYER).then_refused(InvalidInput)
