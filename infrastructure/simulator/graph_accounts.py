"""Accounts over HTTP: subscriptions, templates, list of numbers, tokens."""

import base64
from typing import Any

from starlette.responses import Response

from infrastructure.simulator.configuration import MANAGEMENT
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.graph_access import MANAGEMENT_DENIED, GraphCall
from infrastructure.simulator.graph_numbers import describe_number, verified_override
from infrastructure.simulator.templates import Template

PAGE_DEFAULT = 25
PAGE_MAX = 1000
BAD_CURSOR = 131059

_CURSOR_PREFIX = "after:"
_NUMBER_FIELDS = ("verified_name", "display_phone_number", "quality_rating", "status", "id")


async def describe_waba(call: GraphCall) -> Response:
    """``GET /<WABA_ID>``."""
    waba = call.waba(MANAGEMENT)
    return call.answer({"id": waba.waba_id, "name": waba.name, "currency": "IDR"})


async def list_numbers(call: GraphCall) -> Response:
    """``GET /<WABA_ID>/phone_numbers``."""
    waba = call.waba(MANAGEMENT)
    numbers = call.simulator.accounts.numbers_of(waba.waba_id)
    described = [describe_number(call, number) for number in numbers]
    return call.answer({"data": [{f: each[f] for f in _NUMBER_FIELDS} for each in described]})


async def list_subscriptions(call: GraphCall) -> Response:
    """``GET /<WABA_ID>/subscribed_apps``."""
    waba = call.waba(MANAGEMENT)
    data: list[dict[str, Any]] = []
    for app_id, override in waba.subscriptions.items():
        app = call.simulator.accounts.apps[app_id]
        entry: dict[str, Any] = {"whatsapp_business_api_data": {"id": app_id, "name": app.name}}
        if override is not None:
            entry["override_callback_uri"] = override.url
        data.append(entry)
    return call.answer({"data": data})


async def subscribe(call: GraphCall) -> Response:
    """``POST /<WABA_ID>/subscribed_apps``; without a body an override is removed."""
    waba = call.waba(MANAGEMENT)
    body = await call.json_body()
    override = await verified_override(call, body) if body else None
    waba.subscriptions[call.token.app_id] = override
    return call.answer({"success": True})


async def unsubscribe(call: GraphCall) -> Response:
    """``DELETE /<WABA_ID>/subscribed_apps``."""
    waba = call.waba(MANAGEMENT)
    waba.subscriptions.pop(call.token.app_id, None)
    return call.answer({"success": True})


async def list_templates(call: GraphCall) -> Response:
    """``GET /<WABA_ID>/message_templates`` with filters and cursors."""
    waba = call.waba(MANAGEMENT)
    query = call.request.query_params
    templates = call.simulator.templates.of_waba(waba.waba_id)
    for member in ("name", "language", "status", "category"):
        if member in query:
            wanted = query[member]
            templates = [each for each in templates if getattr(each, member) == wanted]
    limit = query.get("limit", str(PAGE_DEFAULT))
    if not limit.isdecimal() or not 1 <= int(limit) <= PAGE_MAX:
        raise GraphError(100, f"The parameter limit lies between 1 and {PAGE_MAX}.")
    return call.answer(_page(call, templates, int(limit)))


def _page(call: GraphCall, templates: list[Template], limit: int) -> dict[str, Any]:
    query = call.request.query_params
    start = 0
    if query.get("after"):
        known = [_cursor(template) for template in templates]
        if query["after"] not in known:
            raise GraphError(BAD_CURSOR)
        start = known.index(query["after"]) + 1
    page = templates[start : start + limit]
    paging: dict[str, Any] = {}
    if page:
        paging["cursors"] = {"before": _cursor(page[0]), "after": _cursor(page[-1])}
    if start + limit < len(templates):
        following = call.request.url.include_query_params(after=_cursor(page[-1]))
        paging["next"] = str(following)
    return {"data": [template.listed() for template in page], "paging": paging}


def _cursor(template: Template) -> str:
    return base64.urlsafe_b64encode(f"{_CURSOR_PREFIX}{template.template_id}".encode()).decode()


async def create_template(call: GraphCall) -> Response:
    """``POST /<WABA_ID>/message_templates``."""
    waba = call.waba(MANAGEMENT)
    template = call.simulator.templates.submit(waba.waba_id, await call.json_body())
    return call.answer(
        {
            "id": str(template.template_id),
            "status": template.status,
            "category": template.category,
        }
    )


async def delete_template(call: GraphCall) -> Response:
    """``DELETE /<WABA_ID>/message_templates?name=…&hsm_id=…``."""
    waba = call.waba(MANAGEMENT)
    name = call.request.query_params.get("name")
    if not name:
        raise GraphError(100, "The parameter name is required.")
    call.simulator.templates.delete(waba.waba_id, name, call.request.query_params.get("hsm_id"))
    return call.answer({"success": True})


async def describe_template(call: GraphCall) -> Response:
    """``GET /<TEMPLATE_ID>``."""
    return call.answer(_template(call).listed())


async def edit_template(call: GraphCall) -> Response:
    """``POST /<TEMPLATE_ID>``."""
    call.simulator.templates.edit(_template(call), await call.json_body())
    return call.answer({"success": True})


async def unpause_template(call: GraphCall) -> Response:
    """``POST /<TEMPLATE_ID>/unpause``."""
    call.simulator.templates.unpause(_template(call))
    return call.answer({"success": True})


def _template(call: GraphCall) -> Template:
    template = call.simulator.templates.get(call.node_id)
    if not call.reaches(template.waba_id):
        raise unknown_object(call.node_id)
    call.need(MANAGEMENT, MANAGEMENT_DENIED)
    call.count_management_call(template.waba_id)
    return template


async def debug_token(call: GraphCall) -> Response:
    """``GET /debug_token?input_token=…``."""
    asked = call.request.query_params.get("input_token")
    if not asked:
        raise GraphError(100, "The parameter input_token is required.")
    token = call.simulator.accounts.tokens.get(asked)
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token."}
        return call.answer({"data": {"error": error, "is_valid": False, "scopes": []}})
    now = call.simulator.clock.now()
    wabas = token.wabas if token.wabas is not None else tuple(call.simulator.accounts.wabas)
    return call.answer(
        {
            "data": {
                "app_id": token.app_id,
                "type": "SYSTEM_USER",
                "application": call.simulator.accounts.apps[token.app_id].name,
                "expires_at": int(token.expires_at) if token.expires_at is not None else 0,
                "is_valid": token.expires_at is None or now < token.expires_at,
                "scopes": list(token.scopes),
                "granular_scopes": [
                    {"scope": scope, "target_ids": list(wabas)} for scope in token.scopes
                ],
            }
        }
    )
