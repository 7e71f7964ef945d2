"""What the gateway makes of every kind of answer: accepted, certainly refused, or unknown."""

import time

import httpx
import pytest

from domain.ports.whatsapp import (
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    UnknownCause,
)
from infrastructure.whatsapp.send_call import failed_call
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.blocking_gateway import BlockingGateway
from tests.whatsapp.requests_to_send import TOTAL_TIMEOUT_S, doubt, refusal, request
from tests.whatsapp.scripted_server import ScriptedServer


@pytest.mark.parametrize(
    ("behaviour", "error_class", "retryable"),
    [
        (scripted.refused(131047), SendErrorClass.WINDOW_CLOSED, False),
        (scripted.refused(130429), SendErrorClass.NUMBER_THROTTLED, True),
        (scripted.refused(131056), SendErrorClass.PAIR_THROTTLED, True),
        (scripted.refused(131000, 500), SendErrorClass.TRANSIENT, True),
        (scripted.refused(2, 503), SendErrorClass.TRANSIENT, True),
        (scripted.refused(190, 401), SendErrorClass.ACCOUNT_BLOCKED, True),
        (scripted.refused(131050), SendErrorClass.OPTED_OUT, False),
        (scripted.refused(132015), SendErrorClass.TEMPLATE_UNUSABLE, False),
        (scripted.refused(100, 200), SendErrorClass.REQUEST_INVALID, False),
        (scripted.refused(999999), SendErrorClass.REQUEST_INVALID, True),
        (scripted.refused(999999, 500), SendErrorClass.TRANSIENT, True),
        (scripted.refused(999999, is_transient=True), SendErrorClass.TRANSIENT, True),
        (scripted.answer(429, b""), SendErrorClass.NUMBER_THROTTLED, True),
        (scripted.answer(401, b"<html>"), SendErrorClass.ACCOUNT_BLOCKED, True),
        (scripted.answer(404, b"<html>"), SendErrorClass.REQUEST_INVALID, True),
        (
            scripted.answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
            SendErrorClass.ACCOUNT_BLOCKED,
            True,
        ),
    ],
    ids=str,
)
def test_a_refusal_is_certain_and_classified(
    gateway: BlockingGateway,
    server: ScriptedServer,
    behaviour: scripted.Behaviour,
    error_class: SendErrorClass,
    retryable: bool,
) -> None:
    server.script.append(behaviour)
    refused = refusal(gateway)
    assert refused.error_class is error_class
    assert refused.retryable is retryable
    assert refused.words
    assert refused.next_step
    assert len(server.requests) == 1


def test_a_refusal_keeps_what_meta_said(gateway: BlockingGateway, server: ScriptedServer) -> None:
    details = "The number 6281210004321 is not allowed."
    server.script.append(scripted.refused(131030, error_data={"details": details}))
    refused = refusal(gateway)
    assert refused.meta_code == 131030
    assert refused.http_status == 400
    assert refused.trace_id == "Atrace"
    assert refused.details == details
    assert "6281210004321" not in f"{refused} {refused!r}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-7"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "9999999"}, 86_400),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":5}],'
                '"2":[{"estimated_time_to_regain_access":3}]}'
            },
            300,
        ),
        ({"X-Business-Use-Case-Usage": "nonsense"}, None),
    ],
    ids=repr,
)
def test_metas_wish_to_wait_is_understood(
    gateway: BlockingGateway, server: ScriptedServer, headers: dict[str, str], seconds: int | None
) -> None:
    server.script.append(scripted.answer(400, {"error": {"code": 4}}, headers))
    assert refusal(gateway).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError("x"), SendRefused),
        (httpx.ConnectTimeout("x"), SendRefused),
        (httpx.PoolTimeout("x"), SendRefused),
        (httpx.ProxyError("x"), SendRefused),
        (httpx.WriteTimeout("x"), SendOutcomeUnknown),
        (httpx.WriteError("x"), SendOutcomeUnknown),
        (httpx.ReadTimeout("x"), SendOutcomeUnknown),
        (httpx.ReadError("x"), SendOutcomeUnknown),
        (httpx.RemoteProtocolError("x"), SendOutcomeUnknown),
        (httpx.DecodingError("x"), SendOutcomeUnknown),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_only_a_call_that_never_began_is_a_certain_failure(
    error: httpx.HTTPError, outcome: type[Exception]
) -> None:
    assert type(failed_call(error)) is outcome


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (scripted.closed(), UnknownCause.CONNECTION_LOST),
        (scripted.reset(), UnknownCause.CONNECTION_LOST),
        (scripted.raw(b"HTTP/1.1 200 OK\r\nContent-Le"), UnknownCause.CONNECTION_LOST),
        (scripted.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), "connection_lost"),
        (scripted.raw(b"garbage\r\n\r\n"), UnknownCause.CONNECTION_LOST),
        (scripted.silent(), UnknownCause.NO_ANSWER_IN_TIME),
        (
            scripted.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", b" " * 90, 0.05),
            UnknownCause.NO_ANSWER_IN_TIME,
        ),
        (scripted.answer(503, b""), UnknownCause.SERVER_ERROR_WITHOUT_REASON),
        (scripted.answer(502, b"<html>"), UnknownCause.SERVER_ERROR_WITHOUT_REASON),
        (scripted.answer(500, {"error": "x"}), UnknownCause.SERVER_ERROR_WITHOUT_REASON),
        (scripted.answer(408, b""), UnknownCause.SERVER_ERROR_WITHOUT_REASON),
        (scripted.answer(200, b"<html>"), UnknownCause.ANSWER_UNREADABLE),
        (scripted.answer(200, {"messages": []}), UnknownCause.ANSWER_UNREADABLE),
        (scripted.answer(200, {"messages": [{"id": ""}]}), UnknownCause.ANSWER_UNREADABLE),
        (scripted.answer(200, [1, 2]), UnknownCause.ANSWER_UNREADABLE),
        (scripted.answer(200, b"[" * 5000), UnknownCause.ANSWER_UNREADABLE),
        (scripted.answer(200, b"x" * 2_000_000), UnknownCause.ANSWER_UNREADABLE),
        (
            scripted.answer(200, b'{"messages":[{"id":"wamid.A"}]}' + b" " * 2_000_000),
            UnknownCause.ANSWER_UNREADABLE,
        ),
        (
            scripted.answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
            UnknownCause.ANSWER_UNREADABLE,
        ),
    ],
    ids=str,
)
def test_without_a_clear_answer_the_outcome_is_unknown(
    gateway: BlockingGateway,
    server: ScriptedServer,
    behaviour: scripted.Behaviour,
    cause: UnknownCause,
) -> None:
    server.script.append(behaviour)
    started = time.monotonic()
    assert doubt(gateway).cause == cause
    assert time.monotonic() - started < TOTAL_TIMEOUT_S * 5
    assert len(server.requests) == 1


def test_without_a_connection_the_message_certainly_did_not_go_out() -> None:
    with BlockingGateway(graph_url="http://127.0.0.1:1", graph_version="v26.0") as gateway:
        refused = refusal(gateway)
    assert refused.error_class is SendErrorClass.TRANSIENT
    assert refused.retryable
    assert refused.meta_code is None


def test_a_total_time_shorter_than_that_for_connecting_leaves_time_for_an_answer(
    server: ScriptedServer,
) -> None:
    with BlockingGateway(
        graph_url=server.url, graph_version="v26.0", connect_timeout_s=5.0, total_timeout_s=4.0
    ) as gateway:
        assert gateway.send(request()).wamid
