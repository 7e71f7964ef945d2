"""Requests and answers of the control interface, shared by the server and the typed client."""

from typing import Any, Literal

import msgspec

from infrastructure.simulator.configuration import SimulatorConfig
from infrastructure.simulator.journal import (
    DeliveryRecord,
    InboundRecord,
    ReadMark,
    SendRecord,
    UpdateState,
)
from infrastructure.simulator.simulator import Grouping

FileKind = Literal["image", "document", "audio", "video", "sticker"]


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all request bodies: unknown members are refused, so that typing errors show."""


class Say(Request):
    """A person writes a text. ``phone_number_id`` None is the simulator's first number."""

    text: str
    phone_number_id: str | None = None
    reply_to: str | None = None


class Press(Request):
    """A person taps a button or picks a row, by its id or its title."""

    choice_id: str | None = None
    title: str | None = None


class SendFile(Request):
    """A person sends a file. ``content`` is base64 in JSON."""

    kind: FileKind
    content: bytes
    mime_type: str
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None
    phone_number_id: str | None = None


class SendContent(Request):
    """A person sends a message of any other type: ``location``, ``contacts``, ``reaction``."""

    type: str
    content: Any
    context: dict[str, Any] | None = None
    phone_number_id: str | None = None


class Read(Request):
    """A person opens the chat; without ids everything unread is read."""

    wamids: list[str] | None = None


class ChangePhone(Request):
    """A person moves to another phone number."""

    phone: str


class Presence(Request):
    """A person's phone is switched on or off."""

    online: bool


class Inject(Request):
    """Any webhook body; ``{{placeholders}}`` are filled in."""

    sample: dict[str, Any]
    person: str | None = None
    phone_number_id: str | None = None


class PostBytes(Request):
    """A body that is POSTed as it is. ``content`` is base64 in JSON."""

    content: bytes
    app_id: str | None = None
    signed: Literal["right", "wrong", "missing"] = "right"


class Redeliver(Request):
    """Deliver known updates again; an empty list means all of them."""

    update_ids: list[int] = []
    grouping: Grouping = "single"


class Advance(Request):
    """Move the clock forward."""

    seconds: float


class SetCallback(Request):
    """Where an app's webhooks go. ``app_id`` None is the simulator's first app."""

    url: str
    verify_token: str
    app_id: str | None = None


class Conditions(Request):
    """State of a number: only the members that are given change."""

    restricted: bool | None = None
    locked: bool | None = None
    maintenance: bool | None = None
    spam_limited: bool | None = None
    name_unapproved: bool | None = None
    payment_problem: bool | None = None
    quality_rating: Literal["GREEN", "YELLOW", "RED", "NA", "UNKNOWN"] | None = None
    throughput_per_second: int | None = None


class TemplateState(Request):
    """Meta changes a template's status or quality at once, its category after 24 hours' notice."""

    status: str | None = None
    reason: str = "NONE"
    title: str | None = None
    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] | None = None
    category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"] | None = None


class StartScenario(Request):
    """Play a scenario that ships with the product (``name``) or is given as TOML (``text``).

    ``variables`` replace ``${name}`` inside the scenario.
    """

    name: str | None = None
    text: str | None = None
    variables: dict[str, str] = {}
    phone_number_id: str | None = None


class Reset(Request):
    """Begin anew from the present configuration or another one.

    ``seed`` replaces the configuration's. ``keep_callbacks`` keeps the callbacks of the apps, but
    not where another configuration names its own.
    """

    config: SimulatorConfig | None = None
    seed: int | None = None
    keep_callbacks: bool = True


class PersonView(msgspec.Struct, kw_only=True):
    """A person as tests see it. ``user_id`` is the business-scoped id in the first portfolio."""

    key: str
    name: str
    phone: str
    wa_id: str
    user_id: str
    username: str | None
    online: bool
    identity_key_hash: str
    unread: int


class Written(msgspec.Struct, kw_only=True):
    """Id of a message that a person wrote."""

    wamid: str


class ClockView(msgspec.Struct, kw_only=True):
    """The simulated time in Unix seconds."""

    mode: str
    now: float
    speed: float


class HandshakeView(msgspec.Struct, kw_only=True):
    """Outcome of setting a callback."""

    verified: bool
    detail: str


class AnswerView(msgspec.Struct, kw_only=True):
    """What a callback answered to a body that was POSTed as it is."""

    status: int | None
    error: str | None
    text: str


class Injected(msgspec.Struct, kw_only=True):
    """Ids of the updates that an injected body became."""

    update_ids: list[int]


class Counted(msgspec.Struct, kw_only=True):
    """How many things were affected."""

    count: int


class SendList(msgspec.Struct, kw_only=True):
    """Every message that was sent to the Graph API, oldest first."""

    sends: list[SendRecord]


class ReadList(msgspec.Struct, kw_only=True):
    """Every read receipt of the business, oldest first."""

    reads: list[ReadMark]


class InboundList(msgspec.Struct, kw_only=True):
    """Every message that people wrote, oldest first."""

    inbound: list[InboundRecord]


class WebhookList(msgspec.Struct, kw_only=True):
    """Every POST and how far each update has come. ``outstanding`` counts those without a 200."""

    deliveries: list[DeliveryRecord]
    updates: list[UpdateState]
    outstanding: int


class ChangeView(msgspec.Struct, kw_only=True):
    """A counter that grows whenever something happens."""

    changes: int


class Health(msgspec.Struct, kw_only=True):
    """That the simulator runs, and the failures of its own actions, which should be none."""

    status: str
    seed: int
    failures: list[str]


class ControlFailure(msgspec.Struct, kw_only=True):
    """Why a control request was refused and what to do."""

    error: str
