"""Meta's side of a number: token, number, account, subscription (Cloud API reference, 1.6, 10)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx

from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.decoding import JsonObject, NotJson, as_json, decode
from infrastructure.whatsapp.members import (
    as_items,
    as_object,
    filled_text,
    flag,
    identifier,
    integer,
)

TIMEOUT_S: Final = 5.0
PAGES_MAX: Final = 10
TEMPLATES_COUNTED_MAX: Final = 100

_NUMBER_FIELDS: Final = (
    "verified_name",
    "display_phone_number",
    "quality_rating",
    "name_status",
    "status",
    "platform_type",
    "throughput",
    "health_status",
    "whatsapp_business_manager_messaging_limit",
    "webhook_configuration",
)
_STATUS_OK: Final = range(200, 300)


class NumberAtMeta(NamedTuple):
    """A number and the token that may use it. Its representation shows no token."""

    waba_id: str
    phone_number_id: str
    access_token: AccessToken
    graph_url: str | None = None

    def __repr__(self) -> str:
        return f"NumberAtMeta({self.phone_number_id})"


class MetaRefused(Exception):
    """Meta answered with an error. `code` is Meta's; `words` are Meta's and may name ids."""

    def __init__(self, code: int | None, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class MetaAway(Exception):
    """No answer of the Graph API came, or none that can be read."""


class TokenFacts(NamedTuple):
    """What Meta says about a token. `expires_at` is None for one that never expires."""

    is_valid: bool
    app_id: str | None
    application: str | None
    expires_at: datetime | None
    scopes: frozenset[str]
    reason: str | None


class NumberFacts(NamedTuple):
    """What Meta says about a number. Each part is Meta's word, None where Meta says nothing."""

    display_phone: str | None
    verified_name: str | None
    quality: str | None
    name_status: str | None
    status: str | None
    platform: str | None
    throughput: str | None
    messaging_limit: str | None
    can_send: str | None
    obstacles: tuple[str, ...]
    callbacks: Mapping[str, str]


class MetaAccounts:
    """Asks the Graph API, one call after the other. Every method raises MetaRefused, MetaAway."""

    def __init__(
        self,
        clients: HttpClientPool,
        *,
        graph_url: str,
        graph_version: str,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._timeout_s = timeout_s

    def token(self, number: NumberAtMeta) -> TokenFacts:
        """What Meta says about the token of the number."""
        token = number.access_token.reveal()
        answer = self._ask(number, "GET", "debug_token", {"input_token": token})
        data = as_object(answer.get("data"))
        expires = integer(data.get("expires_at"))
        return TokenFacts(
            is_valid=flag(data.get("is_valid")),
            app_id=identifier(data.get("app_id")),
            application=filled_text(data.get("application")),
            expires_at=datetime.fromtimestamp(expires, UTC) if expires else None,
            scopes=frozenset(str(scope) for scope in as_items(data.get("scopes"))),
            reason=filled_text(as_object(data.get("error")).get("message")),
        )

    def number(self, number: NumberAtMeta) -> NumberFacts:
        """What Meta says about the number."""
        found = self._ask(
            number, "GET", _path(number.phone_number_id), {"fields": ",".join(_NUMBER_FIELDS)}
        )
        health = as_object(found.get("health_status"))
        errors = [
            as_object(error)
            for entity in as_items(health.get("entities"))
            for error in as_items(as_object(entity).get("errors"))
        ]
        callbacks = as_object(found.get("webhook_configuration"))
        return NumberFacts(
            display_phone=filled_text(found.get("display_phone_number")),
            verified_name=filled_text(found.get("verified_name")),
            quality=filled_text(found.get("quality_rating")),
            name_status=filled_text(found.get("name_status")),
            status=filled_text(found.get("status")),
            platform=filled_text(found.get("platform_type")),
            throughput=filled_text(as_object(found.get("throughput")).get("level")),
            messaging_limit=filled_text(found.get("whatsapp_business_manager_messaging_limit")),
            can_send=filled_text(health.get("can_send_message")),
            obstacles=tuple(
                f"{filled_text(error.get('error_description')) or 'blocked'} "
                f"({integer(error.get('error_code'))})"
                for error in errors
            ),
            callbacks={level: url for level, url in callbacks.items() if isinstance(url, str)},
        )

    def number_ids(self, number: NumberAtMeta) -> frozenset[str]:
        """The ids of all numbers of the account."""
        found: set[str] = set()
        query: dict[str, str] = {"fields": "id", "limit": "100"}
        for _ in range(PAGES_MAX):
            answer = self._ask(number, "GET", f"{_path(number.waba_id)}/phone_numbers", query)
            ids = (identifier(as_object(one).get("id")) for one in as_items(answer.get("data")))
            found |= {one for one in ids if one is not None}
            paging = as_object(answer.get("paging"))
            after = filled_text(as_object(paging.get("cursors")).get("after"))
            if after is None or paging.get("next") is None:
                break
            query["after"] = after
        return frozenset(found)

    def subscribed_app_ids(self, number: NumberAtMeta) -> frozenset[str]:
        """The ids of the apps that get the webhooks of the account."""
        answer = self._ask(number, "GET", f"{_path(number.waba_id)}/subscribed_apps")
        apps = (
            as_object(as_object(one).get("whatsapp_business_api_data"))
            for one in as_items(answer.get("data"))
        )
        return frozenset(found for app in apps if (found := identifier(app.get("id"))))

    def subscribe(self, number: NumberAtMeta) -> None:
        """Let the app of the token get the webhooks of the account."""
        self._ask(number, "POST", f"{_path(number.waba_id)}/subscribed_apps")

    def set_callback(self, number: NumberAtMeta, url: str, verify_token: str) -> None:
        """Let the messages of this number go to an address; Meta shakes hands with it first."""
        body = {"override_callback_uri": url, "verify_token": verify_token}
        self._ask(
            number, "POST", _path(number.phone_number_id), body={"webhook_configuration": body}
        )

    def template_count(self, number: NumberAtMeta) -> int:
        """How many templates the account has, counted up to TEMPLATES_COUNTED_MAX."""
        query = {"fields": "name", "limit": str(TEMPLATES_COUNTED_MAX)}
        answer = self._ask(number, "GET", f"{_path(number.waba_id)}/message_templates", query)
        return len(as_items(answer.get("data")))

    def send_template(self, number: NumberAtMeta, to: str, name: str, language: str) -> None:
        """Send a template without variables to a phone number of one's own."""
        body = {
            "messaging_product": "whatsapp",
            "to": to,
            "type": "template",
            "template": {"name": name, "language": {"code": language}},
        }
        self._ask(number, "POST", f"{_path(number.phone_number_id)}/messages", body=body)

    def _ask(
        self,
        number: NumberAtMeta,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: JsonObject | None = None,
    ) -> JsonObject:
        base = (number.graph_url or self._graph_url).rstrip("/")
        headers = {"Authorization": f"Bearer {number.access_token.reveal()}"}
        content = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = as_json(body)
        try:
            with self._clients.lend() as client:
                response = client.request(
                    method,
                    f"{base}/{self._graph_version}/{path}",
                    params=query,
                    headers=headers,
                    content=content,
                    timeout=self._timeout_s,
                )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            # Its errors hold the token, which stands in the address too: none of them tags along.
            response = None
        if response is None:
            raise MetaAway("The Graph API cannot be reached.")
        return _answered(response.status_code, response.content)


def _answered(status: int, content: bytes) -> JsonObject:
    try:
        members: Any = as_object(decode(content))
    except NotJson as error:
        raise MetaAway("The Graph API gave no answer that can be read.") from error
    failure = as_object(members.get("error"))
    if status in _STATUS_OK and not failure:
        found: JsonObject = members
        return found
    words = filled_text(as_object(failure.get("error_data")).get("details"))
    words = words or filled_text(failure.get("message")) or f"HTTP {status}"
    raise MetaRefused(integer(failure.get("code")), words)


def _path(node: str) -> str:
    return quote(node, safe="")
