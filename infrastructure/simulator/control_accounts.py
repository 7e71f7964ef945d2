"""Accounts over the control interface: apps, WABAs, numbers, tokens, templates, callbacks."""

from typing import Any

from infrastructure.simulator import control_messages as control
from infrastructure.simulator.configuration import (
    AppConfig,
    PhoneNumberConfig,
    TokenConfig,
    WabaConfig,
)
from infrastructure.simulator.control_call import Answering, ControlCall

_RESTRICTION_SECONDS = 7 * 24 * 3600.0


class NumberToAdd(PhoneNumberConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone number and the account that it is added to."""

    waba_id: str


async def _set_callback(call: ControlCall) -> control.HandshakeView:
    wish = await call.body(control.SetCallback)
    app_id = wish.app_id or next(iter(call.simulator.accounts.apps), "")
    outcome = await call.simulator.set_callback(app_id, wish.url, wish.verify_token)
    return control.HandshakeView(verified=outcome.verified, detail=outcome.detail)


async def _add_app(call: ControlCall) -> control.Counted:
    call.simulator.accounts.add_app(await call.body(AppConfig))
    return control.Counted(count=len(call.simulator.accounts.apps))


async def _add_waba(call: ControlCall) -> control.Counted:
    config = await call.body(WabaConfig)
    call.simulator.accounts.add_waba(config)
    for template in config.templates:
        call.simulator.templates.add(config.waba_id, template)
    return control.Counted(count=len(call.simulator.accounts.wabas))


async def _add_number(call: ControlCall) -> control.Counted:
    config = await call.body(NumberToAdd)
    call.simulator.accounts.add_number(config.waba_id, config)
    return control.Counted(count=len(call.simulator.accounts.numbers))


async def _add_token(call: ControlCall) -> control.Counted:
    call.simulator.accounts.add_token(await call.body(TokenConfig))
    return control.Counted(count=len(call.simulator.accounts.tokens))


async def _conditions(call: ControlCall) -> Any:
    number = call.simulator.accounts.number_or_only(call.path("phone_number_id"))
    wish = await call.body(control.Conditions)
    if wish.restricted and not number.conditions.restricted:
        _announce_restriction(call, number.waba_id)
    for name in number.conditions.__struct_fields__:
        if (value := getattr(wish, name)) is not None:
            setattr(number.conditions, name, value)
    number.quality_rating = wish.quality_rating or number.quality_rating
    number.throughput_per_second = wish.throughput_per_second or number.throughput_per_second
    return number.conditions


def _announce_restriction(call: ControlCall, waba_id: str) -> None:
    """Meta tells of a restriction by ``account_update`` (reference, section 6)."""
    restriction = {
        "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING",
        "expiration": int(call.simulator.clock.now() + _RESTRICTION_SECONDS),
    }
    value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction]}
    call.simulator.publisher.management(waba_id, "account_update", value)


async def _template_state(call: ControlCall) -> Any:
    template = call.simulator.templates.get(call.path("template_id"))
    wish = await call.body(control.TemplateState)
    if wish.status is not None:
        call.simulator.templates.set_status(
            template, wish.status, reason=wish.reason, title=wish.title
        )
    if wish.category is not None:
        call.simulator.templates.announce_category(template, wish.category)
    if wish.quality is not None:
        call.simulator.templates.set_quality(template, wish.quality)
    return template.listed()


ACCOUNT_ROUTES: tuple[tuple[str, str, Answering], ...] = (
    ("POST", "/simulator/callback", _set_callback),
    ("POST", "/simulator/apps", _add_app),
    ("POST", "/simulator/wabas", _add_waba),
    ("POST", "/simulator/phone-numbers", _add_number),
    ("POST", "/simulator/phone-numbers/{phone_number_id}", _conditions),
    ("POST", "/simulator/tokens", _add_token),
    ("POST", "/simulator/templates/{template_id}", _template_state),
)
