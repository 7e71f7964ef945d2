"""Apps, WhatsApp Business Accounts, sender numbers and access tokens.

Sources: WhatsApp Cloud API reference, sections 1.6 (subscriptions and overrides) and 10 (numbers).
"""

from collections.abc import Iterable

import msgspec

from infrastructure.simulator.configuration import (
    AppConfig,
    ConfigurationInvalid,
    PhoneNumberConfig,
    SimulatorConfig,
    TokenConfig,
    WabaConfig,
)
from infrastructure.simulator.identifiers import digits_of

OVERRIDABLE_FIELD = "messages"


class Callback(msgspec.Struct, kw_only=True):
    """Where webhooks go. Nothing is delivered before the handshake has succeeded."""

    url: str
    verify_token: str
    verified: bool = False


class NumberConditions(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Troubles of a number or its account; each refuses sends with the code of section 12."""

    restricted: bool = False
    locked: bool = False
    maintenance: bool = False
    spam_limited: bool = False
    name_unapproved: bool = False
    payment_problem: bool = False


CONDITION_CODES = {
    "restricted": 368,
    "locked": 131031,
    "maintenance": 131057,
    "spam_limited": 131048,
    "name_unapproved": 131037,
}
PAYMENT_PROBLEM_CODE = 131042


class PhoneNumber(msgspec.Struct, kw_only=True):
    """A sender number and its present state."""

    phone_number_id: str
    waba_id: str
    digits: str
    verified_name: str
    throughput_per_second: int
    registered: bool
    identity_check: bool
    quality_rating: str = "GREEN"
    conditions: NumberConditions = msgspec.field(default_factory=NumberConditions)
    overrides: dict[str, Callback] = msgspec.field(default_factory=dict)
    registrations: list[float] = msgspec.field(default_factory=list)

    @property
    def metadata(self) -> dict[str, str]:
        """The ``metadata`` member of a webhook value."""
        return {
            "display_phone_number": self.digits,
            "phone_number_id": self.phone_number_id,
        }


class Waba(msgspec.Struct, kw_only=True):
    """An account, its portfolio, and the apps that are subscribed to it.

    ``subscriptions`` maps an app id to its override for ``messages`` webhooks, None if it has none.
    """

    waba_id: str
    portfolio_id: str
    name: str
    subscriptions: dict[str, Callback | None] = msgspec.field(default_factory=dict)


class App(msgspec.Struct, kw_only=True):
    """A Meta app; its secret signs, its callback receives."""

    app_id: str
    app_secret: str
    name: str
    callback: Callback | None
    fields: tuple[str, ...] | None = None


class Accounts:
    """All accounts of one simulated Meta, found by their ids."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.apps: dict[str, App] = {}
        self.wabas: dict[str, Waba] = {}
        self.numbers: dict[str, PhoneNumber] = {}
        self.tokens: dict[str, TokenConfig] = {}
        for waba in config.wabas:
            self.add_waba(waba)
        for app in config.apps:
            self.add_app(app)
        for token in config.tokens:
            self.add_token(token)

    def add_waba(self, config: WabaConfig) -> Waba:
        """Create an account with its numbers, or add numbers to an existing one."""
        waba = self.wabas.get(config.waba_id)
        if waba is None:
            waba = Waba(waba_id=config.waba_id, portfolio_id=config.portfolio_id, name=config.name)
            self.wabas[waba.waba_id] = waba
        for number in config.phone_numbers:
            self.add_number(waba.waba_id, number)
        return waba

    def add_number(self, waba_id: str, config: PhoneNumberConfig) -> PhoneNumber:
        """Create a sender number in an account.

        Raises ConfigurationInvalid when the account is unknown or the id is taken.
        """
        if waba_id not in self.wabas:
            raise ConfigurationInvalid(f"There is no WABA {waba_id}: create it first.")
        if config.phone_number_id in self.numbers:
            raise ConfigurationInvalid(
                f"The phone number id {config.phone_number_id} is taken: choose another one."
            )
        number = PhoneNumber(
            phone_number_id=config.phone_number_id,
            waba_id=waba_id,
            digits=digits_of(config.display_phone_number),
            verified_name=config.verified_name,
            throughput_per_second=config.throughput_per_second,
            registered=config.registered,
            identity_check=config.identity_check,
        )
        self.numbers[number.phone_number_id] = number
        return number

    def add_app(self, config: AppConfig) -> App:
        """Create an app and subscribe it to its WABAs, or replace the app of the same id."""
        callback = None
        if config.callback_url is not None:
            callback = Callback(url=config.callback_url, verify_token=config.verify_token)
        app = App(
            app_id=config.app_id,
            app_secret=config.app_secret,
            name=config.name,
            callback=callback,
            fields=config.fields,
        )
        subscribed = self.wabas if config.wabas is None else config.wabas
        for waba_id in subscribed:
            if waba_id not in self.wabas:
                raise ConfigurationInvalid(
                    f"App {app.app_id} names the unknown WABA {waba_id}: create it first."
                )
            self.wabas[waba_id].subscriptions.setdefault(app.app_id, None)
        self.apps[app.app_id] = app
        return app

    def add_token(self, config: TokenConfig) -> None:
        """Create an access token. Raises ConfigurationInvalid when its app is unknown."""
        if config.app_id not in self.apps:
            raise ConfigurationInvalid(
                f"A token names the unknown app {config.app_id}: create the app first."
            )
        self.tokens[config.token] = config

    def subscribers(self, waba_id: str, field: str) -> list[App]:
        """Apps that receive this field of this account.

        What is injected for an account that does not exist here reaches every app, so that a hub
        can be tested with accounts unknown to it.
        """
        waba = self.wabas.get(waba_id)
        app_ids: Iterable[str] = waba.subscriptions if waba is not None else self.apps
        apps = [self.apps[app_id] for app_id in app_ids if app_id in self.apps]
        return [app for app in apps if app.fields is None or field in app.fields]

    def callback_for(
        self, app_id: str, waba_id: str, field: str, phone_number_id: str | None
    ) -> Callback | None:
        """Where an update goes: override of the number, of the account, else the app's callback.

        Overrides hold for ``messages`` only.
        """
        app = self.apps.get(app_id)
        if app is None:
            return None
        if field == OVERRIDABLE_FIELD:
            number = self.numbers.get(phone_number_id or "")
            if number is not None and app_id in number.overrides:
                return number.overrides[app_id]
            waba = self.wabas.get(waba_id)
            if waba is not None and (override := waba.subscriptions.get(app_id)) is not None:
                return override
        return app.callback

    def portfolio_of(self, phone_number_id: str) -> str:
        """Business portfolio that a number belongs to."""
        return self.wabas[self.numbers[phone_number_id].waba_id].portfolio_id

    def numbers_of(self, waba_id: str) -> list[PhoneNumber]:
        """Numbers of an account in the order of their creation."""
        return [number for number in self.numbers.values() if number.waba_id == waba_id]

    def number_or_only(self, phone_number_id: str | None) -> PhoneNumber:
        """The named number, or the first one when no number is named.

        Raises KeyError with a sentence when there is no such number.
        """
        if phone_number_id is None:
            if not self.numbers:
                raise KeyError("The simulator has no phone number: create one first.")
            return next(iter(self.numbers.values()))
        if phone_number_id not in self.numbers:
            known = ", ".join(self.numbers) or "none"
            raise KeyError(f"Unknown phone number id {phone_number_id}. Known: {known}.")
        return self.numbers[phone_number_id]
