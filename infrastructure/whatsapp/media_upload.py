"""Handing a file to Meta: `POST /<PHONE_NUMBER_ID>/media` (reference, section 8).

The file is streamed as it is read; uploading it twice harms nobody, so whatever is not known to
have worked is a failure that may be tried again.
"""

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

import httpx

from domain.message_content import Personal
from domain.ports.whatsapp import AccessToken, SendErrorClass, SendOutcomeUnknown, SendRefused
from infrastructure.http_pool import HttpClientPool
from infrastructure.random_bytes import random_bytes
from infrastructure.whatsapp.decoding import NotJson, decode
from infrastructure.whatsapp.errors import BACK_OFF
from infrastructure.whatsapp.members import as_object, identifier
from infrastructure.whatsapp.send_call import Answer, failed_call, refusal_of

CONNECT_TIMEOUT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 60.0
"""How long Meta may say nothing while it takes a file in."""

_STATUS_OK: Final = range(200, 300)
_ANSWER_BYTES_MAX: Final = 64 * 1024


class FileUpload(Personal, frozen=True):
    """Which file of which number is handed over. `content` yields its bytes, `size` of them."""

    phone_number_id: str
    access_token: AccessToken
    content_type: str
    filename: str
    size: int
    content: Callable[[], Iterator[bytes]]
    graph_url: str | None = None


class CloudApiUploads:
    """Hands files to Meta."""

    def __init__(self, clients: HttpClientPool, *, graph_url: str, graph_version: str) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)

    def upload(self, upload: FileUpload) -> str:
        """Return Meta's id of the file. Raises SendRefused, and what reading the file raises."""
        base = (upload.graph_url or self._graph_url).rstrip("/")
        number = quote(upload.phone_number_id, safe="")
        url = f"{base}/{self._graph_version}/{number}/media"
        boundary = random_bytes(16).hex()
        head, tail = _frame(upload, boundary)
        headers = {
            "Authorization": f"Bearer {upload.access_token.reveal()}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + upload.size + len(tail)),
        }

        def whole() -> Iterator[bytes]:
            yield head
            yield from upload.content()
            yield tail

        try:
            with (
                self._clients.lend() as client,
                client.stream(
                    "POST", url, headers=headers, content=whole(), timeout=self._timeout
                ) as response,
            ):
                answer = answer_to_upload(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            refused = _not_answered(error)
        else:
            return _id_of(answer)
        # Raised here, so that the error of the client, which holds the token, does not tag along.
        raise refused


def _frame(upload: FileUpload, boundary: str) -> tuple[bytes, bytes]:
    """What stands before and after the bytes of the file. Meta shows nobody this name."""
    ending = upload.filename.rpartition(".")[2]
    name = f"file.{ending}" if ending.isascii() and ending.isalnum() else "file"
    fields = {"messaging_product": "whatsapp", "type": upload.content_type}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {upload.content_type}\r\n\r\n"
    )
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


def answer_to_upload(response: httpx.Response) -> Answer:
    """Read an answer as far as it can be one to an upload. Raises httpx.HTTPError."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _ANSWER_BYTES_MAX:
            break
    return Answer(response.status_code, dict(response.headers), bytes(body))


def _id_of(answer: Answer) -> str:
    if answer.status in _STATUS_OK:
        try:
            found = identifier(as_object(decode(answer.body)).get("id"))
        except NotJson:
            found = None
        if found is not None:
            return found
    refused = refusal_of(answer)
    if isinstance(refused, SendOutcomeUnknown):
        raise _again("The Graph API did not say whether it took the file.")
    raise refused


def _not_answered(error: httpx.HTTPError | httpx.InvalidURL) -> SendRefused:
    if isinstance(error, httpx.InvalidURL):
        return _again("The address of the Graph API is not a web address.")
    failed = failed_call(error)
    if isinstance(failed, SendRefused):
        return failed
    return _again("The Graph API did not answer while it took the file.")


def _again(words: str) -> SendRefused:
    return SendRefused(
        words,
        error_class=SendErrorClass.TRANSIENT,
        retry=BACK_OFF,
        next_step="Nothing: it is tried again. Check network and address if it stays.",
    )
