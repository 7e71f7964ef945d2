"""The settings of a hub: one frozen class, read once from environment variables `HUB_*`.

Every field has its unit in its name, a default and one sentence. `.env.example` is generated from
this class (`hub settings`), so the class is the documentation.
"""

import difflib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import msgspec
import platformdirs
from msgspec import Meta

PREFIX: Final = "HUB_"
_SECRET: Final = {"secret": True}


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message says which and what it takes."""


def default_home() -> Path:
    """The folder that holds the state of a hub when `HUB_HOME` is not set."""
    return Path(platformdirs.user_data_dir("lawyers-hub", appauthor=False))


class Settings(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Everything a hub can be told from outside. Never changes while a process runs."""

    # --- this machine -----------------------------------------------------------------------------
    home: Annotated[
        Path,
        Meta(
            description="Folder with all state of this hub: keys, embedded servers, media; "
            "empty means the user's data folder."
        ),
    ] = msgspec.field(default_factory=default_home)
    host: Annotated[str, Meta(description="Address that the HTTP server listens on.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=1, le=65_535, description="TCP port that the HTTP server listens on.")
    ] = 8000
    environment: Annotated[
        Literal["dev", "production"],
        Meta(description="In dev GraphiQL and GraphQL introspection are on; in production off."),
    ] = "dev"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least serious kind of log line that is written."),
    ] = "info"

    # --- stores and keys --------------------------------------------------------------------------
    database_url: Annotated[
        str,
        Meta(
            description="PostgreSQL address of a role that may create roles and schemas "
            "(postgresql://…); empty starts the embedded server.",
            extra=_SECRET,
        ),
    ] = ""
    database_role_prefix: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9_]{0,30}$",
            description="First part of the names of the database roles (hub gives hub_serve, …); "
            "give each hub its own when several share one PostgreSQL server.",
        ),
    ] = "hub"
    redis_url: Annotated[
        str,
        Meta(
            description="Redis address (redis://…, rediss://… or unix://…); "
            "empty starts the embedded server.",
            extra=_SECRET,
        ),
    ] = ""
    master_key: Annotated[
        str,
        Meta(
            description="Master key that wraps all other keys, base64 of 32 bytes; "
            "empty uses the file keys/master.key in the home folder, created on first use.",
            extra=_SECRET,
        ),
    ] = ""

    # --- WhatsApp ---------------------------------------------------------------------------------
    graph_api_url: Annotated[
        str, Meta(description="Address of Meta's Graph API, without version.")
    ] = "https://graph.facebook.com"
    graph_api_version: Annotated[
        str, Meta(pattern=r"^v\d+\.\d+$", description="Version of the Graph API that is spoken.")
    ] = "v26.0"
    graph_connect_timeout_s: Annotated[
        float, Meta(gt=0, le=60, description="Longest wait for a connection to the Graph API.")
    ] = 5.0
    graph_total_timeout_s: Annotated[
        float, Meta(gt=0, le=300, description="Longest wait for an answer of the Graph API.")
    ] = 20.0

    # --- calls to addresses that others chose -----------------------------------------------------
    internal_origins: Annotated[
        str,
        Meta(
            description="Origins in a private network, or without TLS, that outgoing webhooks and "
            "downloads may call all the same (https://erp.example.internal:8443, separated by "
            "commas); empty allows public https addresses only."
        ),
    ] = ""

    webhook_give_up_hours: Annotated[
        int,
        Meta(
            ge=1,
            description="Hours that an outgoing webhook endpoint may fail without one success "
            "before it is disabled.",
        ),
    ] = 120
    webhook_delivery_retention_days: Annotated[
        int,
        Meta(ge=1, le=90, description="Days that ended deliveries of webhooks stay listed."),
    ] = 30
    message_prices: Annotated[
        str,
        Meta(
            description="File with Meta's prices for the forecast of a broadcast, CSV with the "
            "columns country,category,currency,price,source,source_date; empty means that no "
            "price is known."
        ),
    ] = ""

    outbound_calls_max: Annotated[
        int,
        Meta(
            ge=1,
            le=500,
            description="Calls to the Graph API that one sending process makes at once.",
        ),
    ] = 100

    # --- assistant --------------------------------------------------------------------------------
    assistant_adapter: Annotated[
        Literal["local", "openai"],
        Meta(
            description="Which assistant suggests: local needs no network, openai is any "
            "OpenAI-compatible endpoint."
        ),
    ] = "local"
    assistant_base_url: Annotated[
        str, Meta(description="Address of the OpenAI-compatible endpoint, up to and with /v1.")
    ] = ""
    assistant_api_key: Annotated[
        str, Meta(description="Key for that endpoint; empty sends none.", extra=_SECRET)
    ] = ""
    assistant_model: Annotated[
        str, Meta(description="Name of the model that the endpoint is asked for.")
    ] = ""
    assistant_timeout_s: Annotated[
        float, Meta(gt=0, le=300, description="Longest wait for a suggestion of the assistant.")
    ] = 30.0

    # --- files ------------------------------------------------------------------------------------
    media_store_url: Annotated[
        str,
        Meta(
            description="Where encrypted files are kept (file:///…, s3://…, gs://… or az://…; "
            "credentials come from the environment); empty means the folder media/objects at home."
        ),
    ] = ""
    media_hosts: Annotated[
        str,
        Meta(
            description="Hosts that files of messages are fetched from, with what is below them, "
            "separated by commas."
        ),
    ] = "facebook.com,fbsbx.com,fbcdn.net,whatsapp.net"
    media_link_ttl_s: Annotated[
        int, Meta(ge=10, le=3600, description="Seconds that a link to a file works for.")
    ] = 300
    media_retention_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            description="Days that files are kept after the last sign of life of an intake that "
            "went nowhere, unless the firm set its own.",
        ),
    ] = 30
    clamd_address: Annotated[
        str,
        Meta(
            description="Address of the clamd (unix:/path or host:port) that must call every file "
            "clean as well; empty means the embedded checks alone."
        ),
    ] = ""

    # --- webhook ----------------------------------------------------------------------------------
    webhook_body_bytes_max: Annotated[
        int, Meta(ge=1024, description="Largest webhook body that is read; larger ones get 413.")
    ] = 4_194_304
    writer_queue_max: Annotated[
        int,
        Meta(ge=1, description="Appends that may wait in one process before new ones are refused."),
    ] = 1024
    inbox_retention_days: Annotated[
        int, Meta(ge=1, le=90, description="Days that an encrypted raw webhook body is kept.")
    ] = 7

    # --- people and programs that ask -------------------------------------------------------------
    token_ttl_days_default: Annotated[
        int, Meta(ge=1, le=3650, description="Days that a new access token is valid for.")
    ] = 90
    rest_requests_per_minute_max: Annotated[
        int,
        Meta(ge=1, description="Requests to /v1 that one token may send in a minute, per process."),
    ] = 600
    rest_body_bytes_max: Annotated[
        int, Meta(ge=1024, description="Largest body of a request to /v1 that is read.")
    ] = 65_536
    graphql_depth_max: Annotated[
        int, Meta(ge=1, description="Deepest nesting of fields in one GraphQL operation.")
    ] = 10
    graphql_aliases_max: Annotated[
        int, Meta(ge=0, description="Most aliases in one GraphQL operation.")
    ] = 15
    graphql_tokens_max: Annotated[
        int, Meta(ge=1, description="Most lexical tokens in one GraphQL document.")
    ] = 2000
    graphql_cost_max: Annotated[
        int, Meta(ge=1, description="Highest computed cost of one GraphQL operation.")
    ] = 5000
    graphql_body_bytes_max: Annotated[
        int, Meta(ge=1024, description="Largest GraphQL request body that is read.")
    ] = 262_144
    graphql_timeout_s: Annotated[
        float, Meta(gt=0, le=300, description="Longest time for a GraphQL query or mutation.")
    ] = 15.0
    websocket_message_bytes_max: Annotated[
        int, Meta(ge=1024, description="Largest WebSocket message that is accepted.")
    ] = 65_536
    websocket_init_timeout_s: Annotated[
        float,
        Meta(gt=0, le=60, description="Longest wait for connection_init on a new WebSocket."),
    ] = 10.0
    subscriptions_per_socket_max: Annotated[
        int, Meta(ge=1, description="Most subscriptions open at once on one WebSocket.")
    ] = 20

    # --- background work --------------------------------------------------------------------------
    follower_poll_interval_s: Annotated[
        float,
        Meta(gt=0, le=60, description="Seconds between two looks of a follower without a signal."),
    ] = 1.0
    work_sweep_interval_s: Annotated[
        float,
        Meta(gt=0, le=600, description="Seconds between two sweeps for due work in the tables."),
    ] = 10.0

    template_sync_interval_s: Annotated[
        int,
        Meta(ge=600, le=604800, description="Seconds between two readings of all templates."),
    ] = 21_600

    # --- telemetry --------------------------------------------------------------------------------
    otlp_endpoint: Annotated[
        str, Meta(description="OTLP/HTTP address that traces are sent to; empty switches them off.")
    ] = ""

    @property
    def media_host_list(self) -> tuple[str, ...]:
        """The hosts that files are fetched from."""
        return tuple(host.strip() for host in self.media_hosts.split(",") if host.strip())

    def __repr__(self) -> str:
        """All values that differ from their default; secrets are shown as three dots."""
        shown = []
        for field in fields():
            value = getattr(self, field.name)
            if value != field.default:
                shown.append(f"{field.name}={'…' if field.is_secret and value else repr(value)}")
        return f"Settings({', '.join(shown)})"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Reads the `HUB_*` variables; a missing or empty variable means the default.

        Raises SettingsError naming the variable, its value (unless secret) and what it takes.
        """
        values: dict[str, Any] = {}
        for field in fields():
            text = environment.get(field.variable, "").strip()
            if text:
                values[field.name] = field.parse(text)
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The variables that give a child process exactly these settings."""
        return {field.variable: field.text(getattr(self, field.name)) for field in fields()}


class SettingField(msgspec.Struct, frozen=True):
    """What is known about one setting: name, variable, type, default, sentence."""

    name: str
    annotation: Any
    default: Any
    description: str
    is_secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()

    def parse(self, text: str) -> Any:
        """The value that a variable's text stands for. Raises SettingsError."""
        if typing.get_origin(self.annotation) is Annotated and self.annotation.__origin__ is Path:
            return Path(text).expanduser().absolute()
        try:
            return msgspec.convert(text, self.annotation, strict=False)
        except msgspec.ValidationError as error:
            shown = "a value that is kept secret here" if self.is_secret else repr(text)
            reason = str(error).removesuffix(", got `str`")
            raise SettingsError(
                f"{self.variable} is {shown}: {reason}. {self.description} "
                f"Correct it, or remove it to use the default ({self.text(self.default)})."
            ) from None

    def text(self, value: Any) -> str:
        """The text that stands for a value in a variable."""
        return "" if value is None else str(value)


def fields() -> tuple[SettingField, ...]:
    """All settings in the order in which the class declares them."""
    if not _FIELDS:
        hints = typing.get_type_hints(Settings, include_extras=True)
        for info in msgspec.structs.fields(Settings):
            annotation = hints[info.name]
            meta: Meta = annotation.__metadata__[0]
            has_fixed_default = info.default_factory is msgspec.NODEFAULT
            _FIELDS.append(
                SettingField(
                    name=info.name,
                    annotation=annotation,
                    default=info.default if has_fixed_default else info.default_factory(),
                    description=meta.description or "",
                    is_secret=bool((meta.extra or {}).get("secret")),
                )
            )
    return tuple(_FIELDS)


_FIELDS: list[SettingField] = []


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """`HUB_*` variables that no setting reads, each with the setting it may have meant (or "")."""
    known = [field.variable for field in fields()]
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1)), "")
        for name in environment
        if name.startswith(PREFIX) and name not in known
    }


def environment_example() -> str:
    """The text of `.env.example`: every setting with its sentence and its default."""
    lines = [
        "# Settings of Lawyers-Hub, generated from infrastructure/settings.py by `hub settings`.",
        "# Every value below is the default; an empty value means the default as well.",
    ]
    for field in fields():
        default = "" if field.name == "home" else field.text(field.default)
        lines += ["", f"# {field.description}", f"{field.variable}={default}"]
    return "\n".join(lines) + "\n"
