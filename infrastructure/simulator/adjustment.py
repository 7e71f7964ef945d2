"""Lays a few settings over the first app, account, number and token of a configuration."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from infrastructure.simulator.configuration import (
    ConfigurationInvalid,
    SimulatorConfig,
    TokenConfig,
)

Config = TypeVar("Config", bound=msgspec.Struct)

_APP_MEMBERS = {
    "callback": "callback_url",
    "verify_token": "verify_token",
    "app_secret": "app_secret",
}
_NUMBER_MEMBERS = {
    "phone_number_id": "phone_number_id",
    "display_phone": "display_phone_number",
}


def adjusted(config: SimulatorConfig, wishes: Mapping[str, Any]) -> SimulatorConfig:
    """The configuration with other values.

    Known wishes: seed, speed, callback, verify_token, app_secret, access_token, waba,
    phone_number_id and display_phone. Raises ConfigurationInvalid when the configuration has
    nothing that a wish could be laid over.
    """
    if not config.apps or not config.wabas or not config.wabas[0].phone_numbers:
        raise ConfigurationInvalid(
            "The configuration needs at least one app and one WABA with one phone number."
        )
    first_waba, first_app = config.wabas[0], config.apps[0]
    number = _replaced(first_waba.phone_numbers[0], wishes, _NUMBER_MEMBERS)
    waba = msgspec.structs.replace(
        first_waba,
        waba_id=wishes.get("waba", first_waba.waba_id),
        phone_numbers=(number, *first_waba.phone_numbers[1:]),
    )
    app = _replaced(first_app, wishes, _APP_MEMBERS)
    clock = msgspec.structs.replace(config.clock, speed=wishes.get("speed", config.clock.speed))
    return msgspec.structs.replace(
        config,
        seed=wishes.get("seed", config.seed),
        clock=clock,
        wabas=(waba, *config.wabas[1:]),
        apps=(app, *config.apps[1:]),
        tokens=_tokens(config, wishes, app.app_id),
    )


def _tokens(
    config: SimulatorConfig, wishes: Mapping[str, Any], app_id: str
) -> tuple[TokenConfig, ...]:
    if "access_token" not in wishes:
        return config.tokens
    return (TokenConfig(token=wishes["access_token"], app_id=app_id), *config.tokens[1:])


def _replaced(config: Config, wishes: Mapping[str, Any], members: Mapping[str, str]) -> Config:
    changes = {member: wishes[wish] for wish, member in members.items() if wish in wishes}
    return msgspec.structs.replace(config, **changes)
