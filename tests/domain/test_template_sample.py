"""A sample is kept as what was handed over or refused; nothing but what Meta takes is one."""

from typing import Any

import msgspec
import pytest

from domain.errors import AlreadyExists, Forbidden, InvalidInput
from domain.event import PersonalEvent
from domain.ports.media_inspector import Verdict
from domain.provenance import Actor, ActorKind
from domain.sendable_files import SENDABLE, FileNotSendable
from domain.template_components import MEDIA_FORMATS, HeaderFormat
from domain.template_sample import (
    SAMPLE_FORMATS,
    NoteTemplateSample,
    RefuseTemplateSample,
    TemplateSample,
    TemplateSampleHandedOver,
    TemplateSampleRefused,
    sample_format,
)
from tests.domain.given import ASSISTANT, LAWYER, LAWYER_ID, OPERATOR, SYSTEM, given
from tests.domain.samples import sample_of

HANDLE = "4::YXBwbGljYXRpb24vcGRm:ARYxAbC"
NOTE = sample_of(
    NoteTemplateSample,
    content_type="application/pdf",
    size_bytes=10,
    handle=HANDLE,
    expected_version=None,
)
REFUSE = sample_of(
    RefuseTemplateSample,
    content_type="",
    size_bytes=0,
    verdict=Verdict.UNSCANNABLE,
    reason="empty",
    expected_version=None,
)


def test_what_was_handed_over_is_kept_with_its_handle_and_who_brought_it() -> None:
    (event,) = given(TemplateSample).when(NOTE, by=LAWYER).then_any()
    assert isinstance(event, TemplateSampleHandedOver)
    assert (event.format, event.handle) == (HeaderFormat.DOCUMENT, HANDLE)
    assert (event.member_id, event.file_digest) == (LAWYER_ID, NOTE.file_digest)


def test_a_refusal_is_kept_with_its_reason() -> None:
    (event,) = given(TemplateSample).when(REFUSE, by=LAWYER).then_any()
    assert isinstance(event, TemplateSampleRefused)
    assert (event.verdict, event.reason) == (Verdict.UNSCANNABLE, "empty")


@pytest.mark.parametrize("command", [NOTE, REFUSE], ids=["handed over", "refused"])
def test_a_sample_is_kept_once_and_brought_by_somebody_of_the_firm(command: Any) -> None:
    (event,) = given(TemplateSample).when(command, by=LAWYER).then_any()
    given(TemplateSample, event).when(command, by=LAWYER).then_refused(AlreadyExists)
    for actor in (SYSTEM, ASSISTANT, OPERATOR, Actor(ActorKind.MEMBER, "nobody")):
        given(TemplateSample).when(command, by=actor).then_refused(Forbidden)


@pytest.mark.parametrize("handle", ["", "4::a b", "4::a\x00", "x" * 4097, "https://scontent.net/a"])
def test_what_cannot_be_a_handle_is_not_kept(handle: str) -> None:
    command = msgspec.structs.replace(NOTE, handle=handle)
    given(TemplateSample).when(command, by=LAWYER).then_refused(InvalidInput)


def test_only_what_meta_takes_as_a_sample_is_one() -> None:
    assert set(SAMPLE_FORMATS.values()) == MEDIA_FORMATS
    for content_type, form in SAMPLE_FORMATS.items():
        sendable = SENDABLE[form.value]
        assert content_type in sendable.types
        assert sample_format(content_type, sendable.bytes_max) is form
        with pytest.raises(FileNotSendable):
            sample_format(content_type, sendable.bytes_max + 1)
    for other in ("image/webp", "video/3gpp", "text/plain", ""):
        with pytest.raises(FileNotSendable) as caught:
            sample_format(other, 10)
        assert caught.value.reason == "type_no_sample"
        command = msgspec.structs.replace(NOTE, content_type=other)
        given(TemplateSample).when(command, by=LAWYER).then_refused(FileNotSendable)


def test_nothing_of_a_sample_is_personal() -> None:
    assert not any(issubclass(event, PersonalEvent) for event in TemplateSample.EVENTS)
