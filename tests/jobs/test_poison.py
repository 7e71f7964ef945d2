"""A message on which the hub itself fails is given up after three times; the others go on."""

from typing import Any

import pytest

from domain.defect import DEFECTS_MAX
from domain.delivery_state import DeliveryState
from domain.identity import OutboundMessageId
from domain.outbound_commands import RecordSent
from domain.outbound_message import OutboundFailed, OutboundInDoubt
from domain.ports.whatsapp import SendAccepted, SendRequest
from infrastructure.telemetry.defects import defect_of
from jobs.outbound import admission, attempts
from jobs.runtime import SendRuntime
from tests.domain.given import TENANT
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_sending import drain, message, ready, replied, texts

__all__ = ["ready"]

PLACES = [(attempts, "admit"), (admission, "body_digest"), (attempts, "request_of")]
"""Where the hub's own code may fail before a call: deciding, looking, and making the request."""


def fail_on(monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], words: str) -> None:
    """Let the function fail for the message with these words, and for no other."""
    module, name = place
    real = getattr(module, name)

    def failing(*given: Any) -> Any:
        if words in str([getattr(each, "message", each) and _words(each) for each in given]):
            raise KeyError("a defect made for the test")
        return real(*given)

    monkeypatch.setattr(module, name, failing)


def _words(given: Any) -> str:
    sending = getattr(given, "message", None)
    content = sending.content if sending is not None else None
    return str(content.body if content is not None else given)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[1])
def test_a_message_that_the_hub_fails_on_is_given_up_after_three_times(
    place: tuple[Any, str],
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_on(monkeypatch, place, "beracun")
    poison = replied(ready, "beracun")
    for _ in range(DEFECTS_MAX):
        assert message(ready, poison).state is DeliveryState.REQUESTED
        drain(ready, sending)
        ready.clock.advance(minutes=1)
    given_up = ready.journal.load(TENANT, poison)[-1].event
    assert isinstance(given_up, OutboundFailed)
    assert given_up.defect is not None
    assert given_up.defect.error == "KeyError"
    assert any("jobs/outbound/" in frame for frame in given_up.defect.frames)
    assert "made for the test" not in str(given_up)
    assert meta.requests == []


def test_the_other_messages_of_the_number_go_out_meanwhile(
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_on(monkeypatch, (admission, "body_digest"), "beracun")
    replied(ready, "beracun")
    drain(ready, sending)
    sent = replied(ready, "sehat")
    for _ in range(DEFECTS_MAX):
        ready.clock.advance(minutes=1)
        drain(ready, sending)
    assert texts(meta) == ["sehat"]
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_a_defect_after_the_call_leaves_the_message_in_doubt_and_the_others_sent(
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = RecordSent.execute

    def failing(self: RecordSent, *given: Any) -> None:
        if self.wamid == "wamid.sent-1":
            raise KeyError("a defect made for the test")
        real(self, *given)

    monkeypatch.setattr(RecordSent, "execute", failing)
    poison = replied(ready, "beracun")
    drain(ready, sending)
    sent = replied(ready, "sehat")
    drain(ready, sending)
    assert texts(meta) == ["beracun", "sehat"]
    doubt = ready.journal.load(TENANT, poison)[-1].event
    assert isinstance(doubt, OutboundInDoubt)
    assert (doubt.cause, doubt.defect and doubt.defect.error) == ("defect", "KeyError")
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_a_defect_of_the_call_itself_is_no_failure_of_meta(
    ready: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def failing(_self: ScriptedMeta, _request: SendRequest) -> SendAccepted:
        raise KeyError("a defect made for the test")

    with monkeypatch.context() as patch:
        patch.setattr(ScriptedMeta, "send", failing)
        for words in ("satu", "dua", "tiga", "empat", "lima", "enam"):
            replied(ready, words)
            drain(ready, sending)
    sent = replied(ready, "sehat")
    drain(ready, sending)
    assert message(ready, sent).state is DeliveryState.ACCEPTED


def test_equal_faults_have_the_same_digest_whatever_they_were_about() -> None:
    def fault(about: str) -> BaseException:
        try:
            OutboundMessageId(about)  # type: ignore[arg-type]
            attempts.provenance_of(about)  # type: ignore[arg-type]
        except AttributeError as error:
            return error
        raise AssertionError

    first, second = defect_of(fault("rahasia")), defect_of(fault("lain"))
    assert first == second
    assert first.digest == second.digest
    assert "rahasia" not in str(first)
    assert first.frames[-1].startswith("jobs/outbound/attempts.py:")
    assert defect_of(KeyError("x")).digest != first.digest
