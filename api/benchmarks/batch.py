"""`hub bench batch`: the largest notification that Meta sends, from the post to the screens' data.

1000 messages of 3 MB in one POST: how long the answer takes, and when the timeline shows them all.
"""

import http.client
import json
import time
from statistics import median
from typing import Any, Final

from psycopg import Connection

from api.benchmarks.default_hub import default_environment
from api.benchmarks.measured_firm import add_measured_firm, prepare_database
from api.benchmarks.notifications import PATH, PHONE_NUMBER_ID, WABA_ID, signature_of
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.supervision.launch import launched_hub

MESSAGES: Final = 1000
CLIENTS: Final = 100
ROUNDS: Final = 5
SHOWN_TARGET_S: Final = 0.7
SHOWN_MUST_S: Final = 1.0
ACK_TARGET_MS: Final = 100.0
ACK_MUST_MS: Final = 250.0
"""Meta wants half of all answers within this time (Cloud API reference, section 1.2)."""

_TEXT: Final = "Selamat pagi, saya ingin bertanya tentang sertifikat tanah keluarga. " * 41
_WAIT_S: Final = 30.0
_SHOWN: Final = "SELECT count(*) FROM read_model.timeline WHERE entry_kind = 'inbound'"


def run(settings: Settings) -> list[Figure]:
    """Post some notifications one after the other to a whole hub and take the medians.

    Raises EmbeddedServerError, HubNotReadyError, MeasurementFailedError.
    """
    with running_servers(settings, stop_at_once=True) as servers:
        prepare_database(settings, servers.database_url)
        add_measured_firm(settings, servers.database_url)
        url = role_url(settings, servers.database_url, DatabaseRole.FOLLOW)
        with (
            launched_hub(settings.home, environment=default_environment()) as hub,
            connect(url, name="bench-batch", autocommit=True) as connection,
        ):
            _measure(hub.port, connection, 0)  # known clients, warm processes
            measured = [_measure(hub.port, connection, 1 + place) for place in range(ROUNDS)]
    megabytes = len(notification(0)) / 1e6
    load = f"{MESSAGES} messages of {CLIENTS} clients in one POST of {megabytes:.1f} MB"
    return [
        Figure.at_most(
            "batch answered",
            median(answered for answered, _ in measured) * 1000,
            "ms",
            baseline=load,
            target=ACK_TARGET_MS,
            must=ACK_MUST_MS,
        ),
        Figure.at_most(
            "batch shown",
            median(shown for _, shown in measured),
            "s",
            baseline=f"from the post until the timeline has the last one; {load}",
            target=SHOWN_TARGET_S,
            must=SHOWN_MUST_S,
        ),
    ]


def notification(place: int) -> bytes:
    """The body of one POST; `place` makes its messages others than those before."""
    people = [f"62812{number:08d}" for number in range(CLIENTS)]
    messages = [
        {
            "from": people[number % CLIENTS],
            "id": f"wamid.BATCH{place:04d}{number:06d}",
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": _TEXT},
        }
        for number in range(MESSAGES)
    ]
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "622155500100", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [
            {"profile": {"name": f"Klien {number}"}, "wa_id": phone}
            for number, phone in enumerate(people)
        ],
        "messages": messages,
    }
    entry = {"id": WABA_ID, "changes": [{"field": "messages", "value": value}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, separators=(",", ":")).encode()


def _measure(port: int, connection: Connection[Any], place: int) -> tuple[float, float]:
    """Seconds until the answer, and until everything is shown."""
    body = notification(place)
    expected = (place + 1) * MESSAGES
    gate = http.client.HTTPConnection("127.0.0.1", port, timeout=_WAIT_S)
    started = time.perf_counter()
    gate.request(
        "POST",
        PATH,
        body,
        {"content-type": "application/json", "x-hub-signature-256": signature_of(body)},
    )
    status = gate.getresponse().status
    answered = time.perf_counter() - started
    gate.close()
    if status != http.client.OK:
        raise MeasurementFailedError(f"The hub answered {status}.")
    while _count(connection) < expected:
        if time.perf_counter() - started > _WAIT_S:
            raise MeasurementFailedError(f"Not everything was shown within {_WAIT_S:g} s.")
        time.sleep(0.01)
    return answered, time.perf_counter() - started


def _count(connection: Connection[Any]) -> int:
    row = connection.execute(_SHOWN.encode()).fetchone()
    return 0 if row is None else int(row[0])
