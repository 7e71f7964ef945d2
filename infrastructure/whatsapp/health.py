"""Asking Meta whether a number may send: the probe of an open circuit (reference, section 10)."""

from typing import Final, NamedTuple
from urllib.parse import quote

import httpx

from domain.circuit import CircuitKind
from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.decoding import NotJson, decode
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.members import as_items, as_object, integer, word

TIMEOUT_SECONDS: Final = 5.0

_SERVER_ERROR: Final = 500
_NO_ANSWER: Final = "no_answer"
_BLOCKED: Final = "blocked"


class HealthQuestion(NamedTuple):
    """Whose health is asked for. Its representation shows no token."""

    phone_number_id: str
    access_token: AccessToken
    graph_url: str | None = None


class Sickness(NamedTuple):
    """Why a number cannot send now; `circuit` is what stays open because of it."""

    circuit: CircuitKind
    cause: str
    words: str
    next_step: str


class SenderHealth:
    """Asks the Graph API for `health_status`."""

    def __init__(
        self,
        clients: HttpClientPool,
        *,
        graph_url: str,
        graph_version: str,
        timeout_s: float = TIMEOUT_SECONDS,
    ) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._timeout_s = timeout_s

    def sickness(self, question: HealthQuestion) -> Sickness | None:
        """Return why the number cannot send, or None when nothing speaks against it."""
        base = (question.graph_url or self._graph_url).rstrip("/")
        number = quote(question.phone_number_id, safe="")
        try:
            with self._clients.lend() as client:
                response = client.get(
                    f"{base}/{self._graph_version}/{number}",
                    params={"fields": "health_status"},
                    headers={"Authorization": f"Bearer {question.access_token.reveal()}"},
                    timeout=self._timeout_s,
                )
            status, body = response.status_code, response.content
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return _away()
        return _judged(status, body)


def _judged(status: int, body: bytes) -> Sickness | None:
    try:
        members = as_object(decode(body))
    except NotJson:
        members = {}
    code = integer(as_object(members.get("error")).get("code"))
    if code is not None:
        rule = rule_for(code, http_status=status)
        if rule.circuit is None:
            return None
        return Sickness(rule.circuit, str(code), rule.words, rule.next_step)
    if status >= _SERVER_ERROR:
        return _away()
    health = as_object(members.get("health_status"))
    if word(health.get("can_send_message")) != "blocked":
        return None
    for entity in as_items(health.get("entities")):
        for error in as_items(as_object(entity).get("errors")):
            found = integer(as_object(error).get("error_code"))
            if found is not None:
                rule = rule_for(found)
                return Sickness(CircuitKind.NUMBER, str(found), rule.words, rule.next_step)
    return Sickness(
        CircuitKind.NUMBER,
        _BLOCKED,
        "Meta says that the number may not send.",
        "Look at the account's health at Meta and follow what it asks for.",
    )


def _away() -> Sickness:
    return Sickness(
        CircuitKind.NUMBER,
        _NO_ANSWER,
        "Meta's servers do not answer.",
        "Nothing: the messages wait and go out by themselves. Check the network if it stays.",
    )
