"""What a simulated Meta consists of: apps, WABAs, numbers, tokens, people, timing, limits.

Every value can be given as JSON or TOML to ``hub simulator --config`` and, while it runs, through
the control interface.
"""

from pathlib import Path
from typing import Any, Literal

import msgspec

MESSAGING = "whatsapp_business_messaging"
MANAGEMENT = "whatsapp_business_management"

DEFAULT_APP_ID = "910034455667788"
DEFAULT_APP_SECRET = "5f1c0d2b7a9e4c6488b3d1e0f2a47c95"  # noqa: S105 - opens nothing but a simulator
DEFAULT_VERIFY_TOKEN = "verify-this-simulator"  # noqa: S105 - same
DEFAULT_ACCESS_TOKEN = "EAASimulatorToken0001"  # noqa: S105 - same
DEFAULT_WABA_ID = "218804511903377"
DEFAULT_PORTFOLIO_ID = "330915577804412"
DEFAULT_PHONE_NUMBER_ID = "640021557718839"
DEFAULT_DISPLAY_PHONE_NUMBER = "+622150880011"

# 18 November 2026, 08:15:30 in Jakarta: a fixed start makes two virtual runs equal.
VIRTUAL_CLOCK_START = 1794964530.0

_HOUR = 3600.0
_DAY = 24 * _HOUR


class ConfigurationInvalid(Exception):
    """The simulator's configuration cannot be used; the message says what to change."""


class ClockConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How time passes. ``starts_at`` in Unix seconds; without it a real clock starts now."""

    mode: Literal["virtual", "real"] = "real"
    starts_at: float | None = None
    speed: float = 1.0


class StatusTiming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Simulated seconds between acceptance, ``sent``, ``delivered`` and ``read``.

    ``read_probability`` is the share of messages that people read of their own accord; the rest
    is read when a scenario or a test says so.
    """

    sent_after: tuple[float, float] = (0.05, 0.5)
    delivered_after: tuple[float, float] = (0.3, 5.0)
    read_after: tuple[float, float] = (3.0, 3600.0)
    read_probability: float = 0.0


QUICK_STATUSES = StatusTiming(
    sent_after=(0.01, 0.03), delivered_after=(0.02, 0.08), read_after=(0.05, 0.2)
)


class WebhookConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How notifications are delivered.

    The delays are Meta's order of magnitude in seconds; ``time_scale`` compresses them, so that
    the seven days of redelivery pass in about half an hour by default. ``timeout_seconds`` is
    real time.
    """

    timeout_seconds: float = 10.0
    batch_window_seconds: float = 0.0
    batch_updates_max: int = 1000
    batch_bytes_max: int = 3 * 1024 * 1024
    merge_probability: float = 0.5
    first_delay_seconds: float = 30.0
    delay_factor: float = 2.0
    delay_seconds_max: float = 6 * _HOUR
    give_up_after_seconds: float = 7 * _DAY
    time_scale: float = 1 / 300
    regroup_probability: float = 0.5
    redelivery_after_success_probability: float = 0.01
    concurrency_max: int = 64


class LimitsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of reference section 11; ``enforced`` false lets everything through."""

    enforced: bool = True
    pair_burst: int = 45
    pair_seconds_per_message: float = 6.0
    portfolio_users_per_day: int = 2000
    management_calls_per_hour: int = 5000
    registrations_max: int = 10
    registrations_window_seconds: float = 72 * _HOUR
    free_service_messages_per_month: int = 1000


class TemplateConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message template that exists from the start."""

    name: str
    language: str
    category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
    components: list[dict[str, Any]]
    parameter_format: Literal["POSITIONAL", "NAMED"] = "POSITIONAL"
    status: str = "APPROVED"


class PhoneNumberConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sender number of a firm."""

    phone_number_id: str
    display_phone_number: str
    verified_name: str = "Kantor Hukum Contoh"
    throughput_per_second: int = 80
    registered: bool = True
    identity_check: bool = False


class WabaConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A WhatsApp Business Account with its numbers and templates."""

    waba_id: str
    portfolio_id: str = DEFAULT_PORTFOLIO_ID
    name: str = "Kantor Hukum Contoh"
    phone_numbers: tuple[PhoneNumberConfig, ...] = ()
    templates: tuple[TemplateConfig, ...] = ()


class AppConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Meta app: its secret signs the webhooks of every WABA that it is subscribed to.

    ``wabas`` lists the subscribed WABAs, None means all that exist at the start. An app with a
    ``callback_url`` shakes hands before its first delivery.
    """

    app_id: str
    app_secret: str
    name: str = "Lawyers-Hub"
    callback_url: str | None = None
    verify_token: str = ""
    wabas: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None


class TokenConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An access token; ``wabas`` None reaches all, ``expires_at`` None never expires."""

    token: str
    app_id: str
    wabas: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = (MESSAGING, MANAGEMENT)
    expires_at: float | None = None


class PersonConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person with a phone. ``key`` names the person in the control interface.

    ``read_after_seconds`` None leaves reading to scenarios and tests.
    """

    name: str
    phone: str
    key: str = ""
    username: str | None = None
    has_whatsapp: bool = True
    online: bool = True
    read_after_seconds: float | None = None


def _default_apps() -> tuple[AppConfig, ...]:
    return (
        AppConfig(
            app_id=DEFAULT_APP_ID,
            app_secret=DEFAULT_APP_SECRET,
            verify_token=DEFAULT_VERIFY_TOKEN,
        ),
    )


def _default_wabas() -> tuple[WabaConfig, ...]:
    number = PhoneNumberConfig(
        phone_number_id=DEFAULT_PHONE_NUMBER_ID,
        display_phone_number=DEFAULT_DISPLAY_PHONE_NUMBER,
    )
    return (WabaConfig(waba_id=DEFAULT_WABA_ID, phone_numbers=(number,)),)


def _default_tokens() -> tuple[TokenConfig, ...]:
    return (TokenConfig(token=DEFAULT_ACCESS_TOKEN, app_id=DEFAULT_APP_ID),)


class SimulatorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a simulator starts from. The default is one app, one WABA and one number.

    ``bsuid_sending`` false refuses sends to a business-scoped user id with 131062.
    ``contact_book`` true keeps a phone number visible once it was seen, false hides it again
    after 30 days without contact. ``accepts_any_person`` true treats every unknown phone number
    as a reachable person; false, as with Meta, as a number without WhatsApp. ``public_url`` is
    where files are handed out; empty is the server's own address.
    """

    seed: int = 1
    clock: ClockConfig = msgspec.field(default_factory=ClockConfig)
    apps: tuple[AppConfig, ...] = msgspec.field(default_factory=_default_apps)
    wabas: tuple[WabaConfig, ...] = msgspec.field(default_factory=_default_wabas)
    tokens: tuple[TokenConfig, ...] = msgspec.field(default_factory=_default_tokens)
    people: tuple[PersonConfig, ...] = ()
    statuses: StatusTiming = msgspec.field(default_factory=StatusTiming)
    webhooks: WebhookConfig = msgspec.field(default_factory=WebhookConfig)
    limits: LimitsConfig = msgspec.field(default_factory=LimitsConfig)
    bsuid_sending: bool = True
    contact_book: bool = False
    accepts_any_person: bool = False
    template_review_seconds: float = 30.0
    journal_entries_max: int = 50_000
    public_url: str = ""


def load_configuration(path: Path) -> SimulatorConfig:
    """Read a configuration from a ``.json`` or ``.toml`` file.

    Raises ConfigurationInvalid when the file cannot be read or has an unknown or wrong member.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".toml":
            return msgspec.toml.decode(content, type=SimulatorConfig)
        return msgspec.json.decode(content, type=SimulatorConfig)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationInvalid(f"Cannot read {path}: {reason}. Check the path.") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ConfigurationInvalid(
            f"{path} is no simulator configuration: {error}. Members: docs/simulator.md."
        ) from error
