"""Templates through Meta's Graph API (reference, section 9)."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx

from domain.ports.templates import (
    ListedTemplate,
    TemplateAccount,
    TemplateCallRefused,
)
from domain.ports.whatsapp import SendErrorClass
from domain.template import status_of
from domain.template_components import normalised_language
from domain.template_rules import TemplateWording
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.decoding import JsonObject, NotJson, as_json, decode
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.members import as_items, as_object, flag, identifier, integer, word
from infrastructure.whatsapp.template_parts import (
    category_of,
    components_for_meta,
    components_of,
    parameter_format_of,
    quality_of,
)

PAGE_TEMPLATES: Final = 100
PAGES_MAX: Final = 100
"""An account has 6000 templates at most; more pages than that are a fault of the other side."""
CONNECT_TIMEOUT_SECONDS: Final = 2.0

_ANSWER_BYTES_MAX: Final = 16 * 1_048_576
_FIELDS: Final = (
    "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
)
_TEMPORARY: Final = frozenset({SendErrorClass.TRANSIENT, SendErrorClass.ACCOUNT_THROTTLED})
_STATUS_OK: Final = range(200, 300)
_STATUS_SERVER_ERROR: Final = 500
_STATUS_TOO_MANY: Final = 429
_BAD_CURSOR: Final = 131059
_NOT_THERE: Final = 100


class CloudApiTemplates:
    """Manages templates at Meta; implements TemplateGateway."""

    def __init__(
        self, clients: HttpClientPool, *, graph_url: str, graph_version: str, timeout_s: float
    ) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_SECONDS, timeout_s))

    def listed(self, account: TemplateAccount) -> Iterator[ListedTemplate]:
        """All templates of the account. Raises TemplateCallRefused."""
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            query = {"limit": str(PAGE_TEMPLATES), "fields": _FIELDS}
            if cursor is not None:
                query["after"] = cursor
            answer = self._call(account, "GET", _list_path(account), query=query)
            for item in as_items(answer.get("data")):
                if (found := _listed(as_object(item))) is not None:
                    yield found
            cursor = _next_cursor(as_object(answer.get("paging")))
            if cursor is None:
                return
        raise TemplateCallRefused(
            "The list of templates does not end.",
            next_step="Check the address of the Graph API and what stands in between.",
            is_temporary=False,
        )

    def create(self, account: TemplateAccount, wording: TemplateWording) -> str:
        """Submit a new template; returns Meta's id. Raises TemplateCallRefused."""
        members = {
            "name": wording.name,
            "language": wording.language,
            "category": wording.category.value.upper(),
            "parameter_format": wording.parameter_format.value.upper(),
            "components": components_for_meta(wording.components, wording.parameter_format),
        }
        answer = self._call(account, "POST", _list_path(account), members=members)
        return identifier(answer.get("id")) or ""

    def edit(
        self, account: TemplateAccount, meta_template_id: str, wording: TemplateWording
    ) -> None:
        """Submit other words of a template. Raises TemplateCallRefused."""
        members = {
            "components": components_for_meta(wording.components, wording.parameter_format),
        }
        self._call(account, "POST", quote(meta_template_id, safe=""), members=members)

    def delete(self, account: TemplateAccount, name: str, meta_template_id: str) -> None:
        """Delete one language of a template. Raises TemplateCallRefused."""
        query = {"name": name, "hsm_id": meta_template_id}
        try:
            self._call(account, "DELETE", _list_path(account), query=query)
        except TemplateCallRefused as refusal:
            if refusal.meta_code != _NOT_THERE or self._is_there(account, meta_template_id):
                raise

    def _is_there(self, account: TemplateAccount, meta_template_id: str) -> bool:
        return any(each.meta_template_id == meta_template_id for each in self.listed(account))

    def _call(
        self,
        account: TemplateAccount,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        members: JsonObject | None = None,
    ) -> JsonObject:
        url = f"{(account.graph_url or self._graph_url).rstrip('/')}/{self._graph_version}/{path}"
        headers = {
            "Authorization": f"Bearer {account.access_token.reveal()}",
            "Content-Type": "application/json",
        }
        content = None if members is None else as_json(members)
        try:
            with (
                self._clients.lend() as client,
                client.stream(
                    method,
                    url,
                    headers=headers,
                    params=query,
                    content=content,
                    timeout=self._timeout,
                ) as response,
            ):
                body = _whole(response)
            status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _no_answer(error)
        else:
            return _answer(status, body)
        # Raised here, so that the error of the client, which holds the token, does not tag along.
        raise failure


def _list_path(account: TemplateAccount) -> str:
    return f"{quote(account.waba_id, safe='')}/message_templates"


def _next_cursor(paging: JsonObject) -> str | None:
    """The cursor of the next page. The address in `next` is not followed: it is only believed."""
    if not paging.get("next"):
        return None
    return identifier(as_object(paging.get("cursors")).get("after"))


def _listed(item: JsonObject) -> ListedTemplate | None:
    name, language = identifier(item.get("name")), identifier(item.get("language"))
    if name is None or language is None:
        return None
    reason = word(item.get("rejected_reason"))
    return ListedTemplate(
        meta_template_id=identifier(item.get("id")) or "",
        name=name,
        language=normalised_language(language),
        status=status_of(word(item.get("status"))),
        category=category_of(item.get("category")),
        quality=quality_of(item.get("quality_score")),
        parameter_format=parameter_format_of(item.get("parameter_format")),
        components=components_of(item.get("components")),
        reason=None if reason == "none" else reason,
    )


def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _ANSWER_BYTES_MAX:
            raise TemplateCallRefused(
                "The answer of the Graph API is larger than any list of templates.",
                next_step="Check the address of the Graph API and what stands in between.",
                is_temporary=False,
            )
    return bytes(body)


def _answer(status: int, body: bytes) -> JsonObject:
    members: JsonObject = {}
    is_json = False
    with contextlib.suppress(NotJson):
        members, is_json = as_object(decode(body)), True
    error = as_object(members.get("error"))
    code = integer(error.get("code"))
    if code is not None:
        raise _refused(code, error, status)
    if status in _STATUS_OK and is_json:
        return members
    raise TemplateCallRefused(
        f"The address of the Graph API answered HTTP {status} without a reason of Meta.",
        next_step="Check the address of the Graph API and what stands in between.",
        is_temporary=status >= _STATUS_SERVER_ERROR or status == _STATUS_TOO_MANY,
    )


def _refused(code: int, error: JsonObject, status: int) -> TemplateCallRefused:
    rule = rule_for(code, http_status=status, is_transient=flag(error.get("is_transient")))
    return TemplateCallRefused(
        rule.words,
        next_step=rule.next_step,
        is_temporary=rule.error_class in _TEMPORARY or code == _BAD_CURSOR,
        meta_code=code,
    )


def _no_answer(error: Any) -> TemplateCallRefused:
    is_address = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
    return TemplateCallRefused(
        "The address of the Graph API is not a web address."
        if is_address
        else "The Graph API did not answer.",
        next_step="Correct the address, for instance https://graph.facebook.com."
        if is_address
        else "Nothing: it is tried again. Check network and address if it stays.",
        is_temporary=not is_address,
    )
