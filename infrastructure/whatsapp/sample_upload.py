"""Handing Meta a sample for the header of a template, by its Resumable Upload API.

Sources: Meta's page "Resumable Upload API" and "Application Uploads" of the Graph API reference. A
session is opened for the app of the token, the bytes are streamed into it, and Meta answers with
the handle of the file. Where the bytes are interrupted Meta tells how many came, and they go on
from there. A session that is left behind harms nobody.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

import httpx

from domain.message_content import Personal
from domain.ports.templates import TemplateCallRefused
from domain.ports.whatsapp import AccessToken, SendErrorClass, SendOutcomeUnknown
from domain.template_rules import is_sample_handle
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.decoding import JsonObject, NotJson, decode
from infrastructure.whatsapp.media_upload import answer_to_upload
from infrastructure.whatsapp.members import as_object, filled_text, integer
from infrastructure.whatsapp.send_call import Answer, refusal_of

CONNECT_TIMEOUT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 60.0
"""How long Meta may say nothing while it takes a file in."""
WORD_SECONDS: Final = 10.0
"""How long Meta may take for an answer without a file."""

TRIES_MAX: Final = 3
"""How often the bytes of one sample are sent or sent on: somebody waits for the handle."""

_SESSION: Final = re.compile(r"upload:[A-Za-z0-9_=+-]{1,1024}(\?sig=[A-Za-z0-9._~=+-]{1,1024})?")
"""As Meta gives it. It is path and query of the next calls, so it has no character by which it
could lead to another path, nor a further parameter."""

_TEMPORARY: Final = frozenset(
    {
        SendErrorClass.TRANSIENT,
        SendErrorClass.ACCOUNT_THROTTLED,
        SendErrorClass.NUMBER_THROTTLED,
    }
)
_NOT_TO_BE_CALLED: Final = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    UnicodeEncodeError,
)
"""What the client raises for an address or a token that cannot be one."""

_STATUS_OK: Final = range(200, 300)
_STATUS_SERVER_ERROR: Final = 500
_LATER: Final = "Bring the file again in a moment. Check network and address if it stays."


class SampleUpload(Personal, frozen=True):
    """Which file is handed over for which app. `content` yields its bytes from a place on.

    `filename` is what Meta's reviewers see; `size` is that of the whole file in bytes.
    """

    app_id: str
    access_token: AccessToken
    content_type: str
    filename: str
    size: int
    content: Callable[[int], Iterator[bytes]]
    graph_url: str | None = None


class _Interrupted(Exception):
    """The call ended without a word of Meta about it: it is worth another try."""

    def __init__(self, refusal: TemplateCallRefused) -> None:
        super().__init__("The call was interrupted.")
        self.refusal = refusal


class CloudApiSamples:
    """Hands samples to Meta."""

    def __init__(self, clients: HttpClientPool, *, graph_url: str, graph_version: str) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._for_bytes = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        self._for_words = httpx.Timeout(WORD_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)

    def hand_over(self, sample: SampleUpload) -> str:
        """Return Meta's handle of the file.

        Raises TemplateCallRefused, and what reading the file raises.
        """
        try:
            session = self._opened(sample)
        except _Interrupted as interrupted:
            refusal = interrupted.refusal
        else:
            return self._transferred(sample, session)
        # Raised here, so that nothing of the call tags along.
        raise refusal

    def _opened(self, sample: SampleUpload) -> str:
        query = {
            "file_name": sample.filename,
            "file_length": str(sample.size),
            "file_type": sample.content_type,
        }
        answer = self._call(
            sample,
            "POST",
            f"{quote(sample.app_id, safe='')}/uploads",
            {"Authorization": f"Bearer {sample.access_token.reveal()}"},
            query=query,
        )
        session = filled_text(answer.get("id"))
        if session is None or not _SESSION.fullmatch(session):
            raise _nonsense("The Graph API opened no session for the sample.")
        return session

    def _transferred(self, sample: SampleUpload, session: str) -> str:
        offset, refusal = 0, None
        for _ in range(TRIES_MAX):
            try:
                if refusal is not None:
                    offset = self._offset(sample, session)
                return self._sent(sample, session, offset)
            except _Interrupted as interrupted:
                refusal = interrupted.refusal
        raise refusal or _away()

    def _offset(self, sample: SampleUpload, session: str) -> int:
        """How many bytes of the file Meta has."""
        answer = self._call(sample, "GET", session, _oauth(sample))
        offset = integer(answer.get("file_offset"))
        if offset is None or not 0 <= offset <= sample.size:
            raise _nonsense("The Graph API did not say how much of the sample it has.")
        return offset

    def _sent(self, sample: SampleUpload, session: str, offset: int) -> str:
        headers = {
            **_oauth(sample),
            "file_offset": str(offset),
            "Content-Type": "application/octet-stream",
            "Content-Length": str(sample.size - offset),
        }
        answer = self._call(sample, "POST", session, headers, content=sample.content(offset))
        handle = filled_text(answer.get("h"))
        if handle is None:
            raise _Interrupted(_away())
        if not is_sample_handle(handle):
            raise _nonsense("The Graph API gave no handle for the sample.")
        return handle

    def _call(
        self,
        sample: SampleUpload,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
        content: Iterator[bytes] | None = None,
    ) -> JsonObject:
        """The members of a good answer. Raises TemplateCallRefused and _Interrupted."""
        base = (sample.graph_url or self._graph_url).rstrip("/")
        try:
            with (
                self._clients.lend() as client,
                client.stream(
                    method,
                    f"{base}/{self._graph_version}/{path}",
                    headers=headers,
                    params=query,
                    content=content,
                    timeout=self._for_words if content is None else self._for_bytes,
                ) as response,
            ):
                answer = answer_to_upload(response)
        except _NOT_TO_BE_CALLED:
            failure: Exception = _nonsense("The Graph API cannot be called with these settings.")
        except httpx.HTTPError:
            failure = _Interrupted(_away())
        else:
            return _members_of(answer)
        # Raised here, so that the error of the client, which holds the token, does not tag along.
        raise failure


def _oauth(sample: SampleUpload) -> dict[str, str]:
    """A session takes the token under this word only."""
    return {"Authorization": f"OAuth {sample.access_token.reveal()}"}


def _members_of(answer: Answer) -> JsonObject:
    if answer.status in _STATUS_OK:
        with contextlib.suppress(NotJson):
            members = as_object(decode(answer.body))
            if "error" not in members:
                return members
    refused = refusal_of(answer)
    if isinstance(refused, SendOutcomeUnknown):
        raise _Interrupted(_away())
    refusal = sample_refused(
        refused.words, refused.error_class, next_step=refused.next_step, code=refused.meta_code
    )
    raise _Interrupted(refusal) if answer.status >= _STATUS_SERVER_ERROR else refusal


def sample_refused(
    words: str, error_class: SendErrorClass, *, next_step: str = "", code: int | None = None
) -> TemplateCallRefused:
    """The refusal of a sample; where it passes by itself the next step is to bring it again."""
    is_temporary = error_class in _TEMPORARY
    return TemplateCallRefused(
        words,
        next_step=_LATER if is_temporary else next_step,
        is_temporary=is_temporary,
        meta_code=code,
    )


def _away() -> TemplateCallRefused:
    words = "The Graph API did not answer while it took the sample."
    return sample_refused(words, SendErrorClass.TRANSIENT)


def _nonsense(words: str) -> TemplateCallRefused:
    return TemplateCallRefused(
        words,
        next_step="Check the address of the Graph API, its version and the number's access token.",
        is_temporary=False,
    )
