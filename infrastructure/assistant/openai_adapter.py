"""The adapter for any OpenAI-compatible endpoint (`POST {base_url}/chat/completions`).

Call it from a worker thread, never from an event loop: each question runs its own short loop so
that the time limit covers everything, name look-up, connection, a dripping body and the fallback
included.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx

from domain.ports.assistant import (
    AssessmentRejected,
    AssessmentRequest,
    AssessmentSuggestion,
    AssistantAnswerRejected,
    AssistantUnavailable,
    DraftRequest,
    DraftSuggestion,
    validate_assessment,
)
from infrastructure.assistant.circuit_breaker import CircuitBreaker
from infrastructure.assistant.guard import check_draft, check_rationale
from infrastructure.assistant.local.adapter import is_person_in_danger
from infrastructure.assistant.local.drafts import (
    reply_language,
    safety_draft,
    topic_of,
    withhold_if_needed,
)
from infrastructure.assistant.openai_messages import (
    ASSESSMENT_FORMAT,
    DRAFT_FORMAT,
    ChatMessages,
    assessment_messages,
    draft_messages,
    read_draft,
    read_object,
)

TIMEOUT_SECONDS: Final = 30.0
"""Longest time one question may take, everything included."""

ANSWER_BYTES_MAX: Final = 1_000_000
"""Largest answer that is read."""

_ANSWER_TOKENS_MAX: Final = 800
_FORMAT_REFUSED: Final = frozenset({400, 404, 415, 422})
_TOO_MANY: Final = 429
_CONNECT_SECONDS_MAX: Final = 10.0


class _Refused(Exception):
    """The endpoint refused this form of the question."""


class _Key:
    """The access key: it has no representation and no string."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def __repr__(self) -> str:
        return "<key>"


class OpenAiAssistant:
    """Asks a model over HTTP.

    What it answers passes the same gates as the local adapter's answers.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        timeout_s: float = TIMEOUT_SECONDS,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.hostname or address.username:
            message = "base_url must be http(s)://host[:port]/path without user or password."
            raise ValueError(message)
        if not model:
            raise ValueError("model must name the model that the endpoint is asked for.")
        if timeout_s <= 0:
            raise ValueError("timeout_s must be a positive number of seconds.")
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = _Key(api_key)
        self._model = model
        self._timeout_s = timeout_s
        self._breaker = breaker if breaker is not None else CircuitBreaker()

    @property
    def model_name(self) -> str:
        """Name of the model that answers."""
        return self._model

    def assess(self, request: AssessmentRequest) -> AssessmentSuggestion:
        """Labels by the model. Raises AssistantUnavailable or AssessmentRejected."""
        try:
            fields = self._ask(assessment_messages(request), ASSESSMENT_FORMAT)
        except AssistantAnswerRejected as rejected:
            raise AssessmentRejected(rejected.reason, rejected.message) from None
        suggestion = validate_assessment(fields)
        check_rationale(suggestion.rationale)
        return validate_assessment({**fields, "rationale": check_rationale(suggestion.rationale)})

    def suggest_draft(self, request: DraftRequest) -> DraftSuggestion:
        """A draft by the model; where a person may be in danger the model is not asked."""
        in_danger = is_person_in_danger(request)
        topic = topic_of(request, is_person_in_danger=in_danger)
        withhold_if_needed(topic, request)
        if in_danger:
            return safety_draft(request, self._model)
        language = reply_language(request.assessment.language, request.firm)
        fields = self._ask(draft_messages(request, topic, language), DRAFT_FORMAT)
        reply, confidence, reasons = read_draft(fields)
        return DraftSuggestion(
            masked_text=check_draft(reply),
            confidence=confidence,
            reasons=reasons,
            model=self._model,
            asks=topic,
        )

    def _ask(
        self, messages: ChatMessages, answer_format: Mapping[str, object]
    ) -> dict[str, object]:
        wait = self._breaker.seconds_until_free()
        if wait > 0:
            message = "The assistant failed repeatedly and is left alone for a moment."
            raise AssistantUnavailable(message, retry_after_seconds=wait)
        try:
            answer = asyncio.run(self._within_limit(messages, answer_format))
        except AssistantUnavailable:
            self._breaker.failed()
            raise
        except AssistantAnswerRejected:
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return read_object(answer)

    async def _within_limit(
        self, messages: ChatMessages, answer_format: Mapping[str, object]
    ) -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._complete(messages, answer_format)
        except TimeoutError:
            message = f"The assistant did not answer within {self._timeout_s:g} s."
        except httpx.HTTPError as error:
            message = f"The assistant could not be reached ({type(error).__name__})."
        except _Refused:
            message = "The assistant's endpoint refused the question; check its address and model."
        # Raised outside the handlers: an error of the transport holds the request and the key.
        raise AssistantUnavailable(message)

    async def _complete(self, messages: ChatMessages, answer_format: Mapping[str, object]) -> str:
        limits = httpx.Timeout(self._timeout_s, connect=min(_CONNECT_SECONDS_MAX, self._timeout_s))
        async with httpx.AsyncClient(
            timeout=limits, headers=self._key.headers(), trust_env=False
        ) as client:
            question: dict[str, Any] = {
                "model": self._model,
                "messages": messages,
                "temperature": 0,
                "max_tokens": _ANSWER_TOKENS_MAX,
            }
            try:
                body = await self._post(client, {**question, "response_format": answer_format})
            except _Refused:
                # Not every endpoint knows response_format; the rules ask for the same in words.
                body = await self._post(client, question)
        return _content_of(body)

    async def _post(self, client: httpx.AsyncClient, question: Mapping[str, Any]) -> bytes:
        async with client.stream("POST", self._url, json=question) as response:
            if response.status_code in _FORMAT_REFUSED:
                raise _Refused
            if response.status_code == _TOO_MANY:
                _unavailable("The assistant has too many questions.", response)
            if response.status_code != httpx.codes.OK:
                _unavailable(f"The assistant answered {response.status_code}.", response)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    message = f"The answer has more than {ANSWER_BYTES_MAX} bytes."
                    raise AssistantAnswerRejected("answer_too_large", message)
            return bytes(body)


def _unavailable(message: str, response: httpx.Response) -> NoReturn:
    wait = response.headers.get("retry-after", "")
    raise AssistantUnavailable(
        message, retry_after_seconds=float(wait) if wait.isdecimal() else None
    )


def _content_of(body: bytes) -> str:
    """The text of the first choice.

    Raises AssistantAnswerRejected where there is none, or a cut one.
    """
    try:
        choice = json.loads(body)["choices"][0]
        content = choice["message"]["content"]
        finish = choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        content, finish = None, None
    if not isinstance(content, str):
        raise AssistantAnswerRejected("not_a_completion", "The answer is no chat completion.")
    if finish == "length":
        raise AssistantAnswerRejected("answer_cut", "The answer was cut before its end.")
    return content
