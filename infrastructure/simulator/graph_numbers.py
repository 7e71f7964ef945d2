"""Phone numbers over HTTP: description, health, settings, registration, blocked users."""

from typing import Any

from starlette.responses import JSONResponse, Response

from infrastructure.simulator.accounts import CONDITION_CODES, Callback, PhoneNumber
from infrastructure.simulator.configuration import MANAGEMENT, MESSAGING
from infrastructure.simulator.errors import ERROR_KINDS, GraphError
from infrastructure.simulator.graph_access import GraphCall
from infrastructure.simulator.identifiers import recipient_digits
from infrastructure.simulator.people import Person

PIN_LENGTH = 6
CALLBACK_URL_MAX = 200
BLOCK_LIST_MAX = 64_000
BLOCKING_FAILED = 139100
PIN_MISMATCH = 133005
ALREADY_VERIFIED = 136024
HANDSHAKE_FAILED = 2200

_DEFAULT_FIELDS = (
    "verified_name",
    "display_phone_number",
    "quality_rating",
    "code_verification_status",
)
_DAY_SECONDS = 24 * 3600.0


async def describe(call: GraphCall) -> Response:
    """``GET /<PHONE_NUMBER_ID>?fields=…``."""
    number = call.number(MANAGEMENT)
    call.count_management_call(number.waba_id)
    described = describe_number(call, number)
    asked = call.request.query_params.get("fields")
    fields = [field.strip() for field in asked.split(",")] if asked else list(_DEFAULT_FIELDS)
    unknown = [field for field in fields if field not in described]
    if unknown:
        raise GraphError(100, f"Tried accessing nonexisting field ({unknown[0]})")
    shown = {field: described[field] for field in fields if described[field] is not None}
    return call.answer({**shown, "id": number.phone_number_id})


def describe_number(call: GraphCall, number: PhoneNumber) -> dict[str, Any]:
    """All fields of a number; None for those that are not set."""
    conditions = number.conditions
    status = "CONNECTED" if number.registered else "DISCONNECTED"
    if conditions.restricted or conditions.locked:
        status = "RESTRICTED"
    level = "STANDARD" if number.throughput_per_second < 1000 else "HIGH"  # noqa: PLR2004
    return {
        "id": number.phone_number_id,
        "verified_name": number.verified_name,
        "display_phone_number": f"+{number.digits}",
        "quality_rating": number.quality_rating,
        "code_verification_status": "VERIFIED",
        "name_status": "PENDING_REVIEW" if conditions.name_unapproved else "APPROVED",
        "status": status,
        "platform_type": "CLOUD_API" if number.registered else "NOT_APPLICABLE",
        "throughput": {"level": level},
        "health_status": health_of(call, number),
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "webhook_configuration": webhook_configuration(call, number),
        "is_official_business_account": False,
    }


def health_of(call: GraphCall, number: PhoneNumber) -> dict[str, Any]:
    """``health_status``: the overall value is the worst of the entities."""
    codes = [code for name, code in CONDITION_CODES.items() if getattr(number.conditions, name)]
    if not number.registered:
        codes.append(133010)
    phone: dict[str, Any] = {
        "entity_type": "PHONE_NUMBER",
        "id": number.phone_number_id,
        "can_send_message": "BLOCKED" if codes else "AVAILABLE",
    }
    if codes:
        phone["errors"] = [
            {
                "error_code": code,
                "error_description": ERROR_KINDS[code].title,
                "possible_solution": ERROR_KINDS[code].details,
            }
            for code in codes
        ]
    waba: dict[str, Any] = {
        "entity_type": "WABA",
        "id": number.waba_id,
        "can_send_message": "AVAILABLE",
    }
    if number.conditions.payment_problem:
        waba["can_send_message"] = "LIMITED"
        waba["additional_info"] = ["The payment method needs attention."]
    portfolio = call.simulator.accounts.portfolio_of(number.phone_number_id)
    others = [
        {"entity_type": "BUSINESS", "id": portfolio, "can_send_message": "AVAILABLE"},
        {"entity_type": "APP", "id": call.token.app_id, "can_send_message": "AVAILABLE"},
    ]
    states = {phone["can_send_message"], waba["can_send_message"]}
    worst = next(s for s in ("BLOCKED", "LIMITED", "AVAILABLE") if s in {*states, "AVAILABLE"})
    return {"can_send_message": worst, "entities": [phone, waba, *others]}


def webhook_configuration(call: GraphCall, number: PhoneNumber) -> dict[str, str]:
    """Where this app's ``messages`` webhooks of the number go, by level."""
    app = call.simulator.accounts.apps[call.token.app_id]
    waba = call.simulator.accounts.wabas[number.waba_id]
    levels = {
        "phone_number": number.overrides.get(app.app_id),
        "whatsapp_business_account": waba.subscriptions.get(app.app_id),
        "application": app.callback,
    }
    return {name: callback.url for name, callback in levels.items() if callback is not None}


async def update(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>`` with ``webhook_configuration``: override for this number."""
    number = call.number(MANAGEMENT)
    body = await call.json_body()
    configuration = body.get("webhook_configuration")
    if not isinstance(configuration, dict):
        raise GraphError(100, "The parameter webhook_configuration is required.")
    if configuration.get("override_callback_uri") == "":
        number.overrides.pop(call.token.app_id, None)
        return call.answer({"success": True})
    number.overrides[call.token.app_id] = await verified_override(call, configuration)
    return call.answer({"success": True})


async def verified_override(call: GraphCall, configuration: dict[str, Any]) -> Callback:
    """A callback that has shaken hands. Raises GraphError 2200 when it does not."""
    url = configuration.get("override_callback_uri")
    verify_token = configuration.get("verify_token")
    if not isinstance(url, str) or not isinstance(verify_token, str):
        raise GraphError(100, "override_callback_uri and verify_token are required together.")
    if len(url) > CALLBACK_URL_MAX:
        raise GraphError(100, f"override_callback_uri may have {CALLBACK_URL_MAX} characters.")
    callback = Callback(url=url, verify_token=verify_token)
    outcome = await call.simulator.webhooks.shake_hands(callback)
    if not outcome.verified:
        raise GraphError(HANDSHAKE_FAILED, f"Callback verification failed: {outcome.detail}")
    return callback


async def read_settings(call: GraphCall) -> Response:
    """``GET /<PHONE_NUMBER_ID>/settings``."""
    number = call.number(MANAGEMENT)
    return call.answer(
        {"user_identity_change": {"enable_identity_key_check": number.identity_check}}
    )


async def write_settings(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/settings``: the identity-change check."""
    number = call.number(MANAGEMENT)
    body = await call.json_body()
    change = body.get("user_identity_change")
    enabled = change.get("enable_identity_key_check") if isinstance(change, dict) else None
    if not isinstance(enabled, bool):
        raise GraphError(100, "user_identity_change.enable_identity_key_check must be a boolean.")
    number.identity_check = enabled
    return call.answer({"success": True})


async def register(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/register``."""
    number = call.number(MANAGEMENT)
    body = await call.json_body()
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required: 'whatsapp'.")
    pin = body.get("pin")
    if not isinstance(pin, str) or len(pin) != PIN_LENGTH or not pin.isdecimal():
        raise GraphError(100, f"The parameter pin must be a text of {PIN_LENGTH} digits.")
    call.simulator.limits.take_registration(number, call.simulator.clock.now())
    number.registered = True
    return call.answer({"success": True})


async def deregister(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/deregister``."""
    number = call.number(MANAGEMENT)
    call.simulator.limits.take_registration(number, call.simulator.clock.now())
    number.registered = False
    return call.answer({"success": True})


async def request_code(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/request_code``: every number here is verified already."""
    call.number(MANAGEMENT)
    raise GraphError(ALREADY_VERIFIED)


async def list_blocked(call: GraphCall) -> Response:
    """``GET /<PHONE_NUMBER_ID>/block_users``."""
    number = call.number(MESSAGING)
    keys = call.simulator.sending.blocked.get(number.phone_number_id, set())
    people = [call.simulator.people.get(key) for key in sorted(keys)]
    data = [{"messaging_product": "whatsapp", "wa_id": person.wa_id} for person in people]
    return call.answer({"data": data, "paging": {"cursors": {}}})


async def block(call: GraphCall) -> Response:
    """``POST /<PHONE_NUMBER_ID>/block_users``: only people who wrote in the last 24 hours."""
    return await _change_blocked(call, blocks=True)


async def unblock(call: GraphCall) -> Response:
    """``DELETE /<PHONE_NUMBER_ID>/block_users``."""
    return await _change_blocked(call, blocks=False)


async def _change_blocked(call: GraphCall, *, blocks: bool) -> Response:
    number = call.number(MESSAGING)
    body = await call.json_body()
    users = body.get("block_users")
    if not isinstance(users, list) or not users:
        raise GraphError(100, "The parameter block_users must be a list of {'user': …}.")
    blocked = call.simulator.sending.blocked.setdefault(number.phone_number_id, set())
    done: list[dict[str, str]] = []
    failed: list[dict[str, Any]] = []
    for each in users:
        written = str(each.get("user")) if isinstance(each, dict) else ""
        person = call.simulator.people.of_phone(recipient_digits(written, number.digits) or "")
        if person is None or (blocks and not _may_block(call, number, person, len(blocked))):
            message = "The user has not written in the last 24 hours or is unknown."
            failed.append({"input": written, "errors": [{"message": message, "code": 139103}]})
            continue
        if blocks:
            blocked.add(person.key)
        else:
            blocked.discard(person.key)
        done.append({"input": written, "wa_id": person.wa_id})
    outcome = {"added_users" if blocks else "removed_users": done}
    if not failed:
        return call.answer({"messaging_product": "whatsapp", "block_users": outcome})
    error = GraphError(BLOCKING_FAILED).body(call.simulator.next_trace_id())
    outcome["failed_users"] = failed
    answer = {"messaging_product": "whatsapp", "block_users": outcome, **error}
    return JSONResponse(answer, status_code=400)


def _may_block(call: GraphCall, number: PhoneNumber, person: Person, blocked: int) -> bool:
    wrote_at = person.wrote_at.get(number.phone_number_id)
    recently = wrote_at is not None and call.simulator.clock.now() - wrote_at < _DAY_SECONDS
    return recently and blocked < BLOCK_LIST_MAX
