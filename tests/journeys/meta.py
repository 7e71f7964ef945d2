"""What the simulated WhatsApp consists of: apps with their secrets, and numbers for many firms."""

from dataclasses import dataclass
from typing import Final

from infrastructure.firm_setup import DEFAULT_APP, SenderSecrets
from infrastructure.simulator import (
    QUICK_STATUSES,
    AppConfig,
    PhoneNumberConfig,
    SimulatorConfig,
    TemplateConfig,
    TokenConfig,
    WabaConfig,
)
from infrastructure.simulator.configuration import DEFAULT_VERIFY_TOKEN

SHARED_NUMBERS: Final = 80
"""How many sender numbers there are for firms that share an app."""


REMINDER: Final = TemplateConfig(
    name="pengingat_sidang",
    language="id",
    category="UTILITY",
    parameter_format="NAMED",
    components=[
        {"type": "HEADER", "format": "TEXT", "text": "Jadwal sidang"},
        {"type": "BODY", "text": "Yth. {{nama}}, sidang Anda pada {{tanggal}} pukul 09.00."},
        {"type": "FOOTER", "text": "Kantor Hukum Contoh"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Saya hadir"}]},
    ],
)
"""The template that every account has."""

COVER: Final = TemplateConfig(
    name="surat_terlampir",
    language="id",
    category="UTILITY",
    components=[
        {"type": "HEADER", "format": "DOCUMENT"},
        {"type": "BODY", "text": "Yth. {{1}}, terlampir surat dari kantor kami."},
    ],
)
"""A template of every account that stands below a document."""


@dataclass(frozen=True, slots=True)
class MetaApp:
    """An app at Meta, with the secrets that belong to it."""

    name: str
    app_id: str
    app_secret: str
    verify_token: str
    access_token: str

    @property
    def secrets(self) -> SenderSecrets:
        """The secrets as they are given to the hub."""
        return SenderSecrets(self.app_secret, self.verify_token, self.access_token)

    def callback(self, base_url: str) -> str:
        """Where the app delivers."""
        url = f"{base_url}/webhooks/whatsapp"
        return url if self.name == DEFAULT_APP else f"{url}/{self.name}"


@dataclass(frozen=True, slots=True)
class Number:
    """A sender number as Meta knows it."""

    waba_id: str
    phone_number_id: str
    display_phone: str
    app: MetaApp


SHARED: Final = MetaApp(
    DEFAULT_APP,
    "910034455667001",
    "4b7d11rahasia-bersama",
    DEFAULT_VERIFY_TOKEN,
    "EAAbersama0001",
)
OWN: Final = MetaApp(
    "melati", "910034455667002", "90ac57rahasia-melati", "sapa-melati", "EAAmelati0001"
)
"""The app of a firm that has one of its own."""


SAMPLES: Final = MetaApp(
    "contoh", "910034455667003", "51cc03rahasia-contoh", "sapa-contoh", "EAAcontoh0001"
)
"""The app that signs the sample notifications."""

SAMPLE_NUMBER: Final = Number("218804511903377", "640021557718839", "+622150880011", SAMPLES)
"""The number that the sample notifications name."""

OWN_NUMBER: Final = Number("218804590000001", "640021590000001", "+622150990001", OWN)


def shared_number(place: int) -> Number:
    """One of the numbers whose webhooks the shared app signs."""
    return Number(f"2188045{place:08d}", f"6400215{place:08d}", f"+6221508{place:05d}", SHARED)


def meta(base_url: str) -> SimulatorConfig:
    """A WhatsApp whose apps deliver to a hub."""
    shared = [shared_number(place) for place in range(SHARED_NUMBERS)]
    numbers_of = {SHARED: shared, OWN: [OWN_NUMBER], SAMPLES: [SAMPLE_NUMBER]}
    return SimulatorConfig(
        statuses=QUICK_STATUSES,
        wabas=tuple(_waba(number) for number in [*shared, OWN_NUMBER, SAMPLE_NUMBER]),
        apps=tuple(_app(app, numbers, base_url) for app, numbers in numbers_of.items()),
        tokens=tuple(TokenConfig(token=app.access_token, app_id=app.app_id) for app in numbers_of),
    )


def _waba(number: Number) -> WabaConfig:
    phone = PhoneNumberConfig(
        phone_number_id=number.phone_number_id, display_phone_number=number.display_phone
    )
    return WabaConfig(
        waba_id=number.waba_id,
        portfolio_id=f"33{number.waba_id}",
        phone_numbers=(phone,),
        templates=(REMINDER, COVER),
    )


def _app(app: MetaApp, numbers: list[Number], base_url: str) -> AppConfig:
    return AppConfig(
        app_id=app.app_id,
        app_secret=app.app_secret,
        name=app.name,
        callback_url=app.callback(base_url),
        verify_token=app.verify_token,
        wabas=tuple(number.waba_id for number in numbers),
    )
