"""Checks of Meta's side: each connected number of all firms, and the webhooks that go out."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import psycopg

from domain.errors import HubError
from domain.identity import TenantId
from domain.sender_number import SenderNumber
from infrastructure.diagnosis.finding import Finding, State
from infrastructure.http_pool import HttpClientPool
from infrastructure.postgres.connections import DatabaseRole, HubConnection, connect, role_url
from infrastructure.sender_checks.senders import SenderChecks
from infrastructure.settings import Settings
from infrastructure.wiring import Store, open_store

NUMBERS_MAX: Final = 50

_NUMBERS: Final = """
    SELECT sender.tenant_id, sender.sender_number_id, EXISTS (
        SELECT FROM read_model.inbox AS conversation
        WHERE conversation.sender_number_id = sender.sender_number_id)
    FROM read_model.sender_directory AS sender
    ORDER BY sender.tenant_id, sender.display_phone LIMIT %s
"""
_ENDPOINTS: Final = """
    SELECT (SELECT count(*) FROM read_model.webhook_endpoints WHERE state = 'disabled'),
        (SELECT count(*) FROM hub.webhook_delivery WHERE state = 'dead')
"""


def check_meta(settings: Settings, admin_url: str) -> Iterator[Finding]:
    """Yield what Meta's side of the numbers of all firms lacks. Changes nothing there."""
    follow_url = role_url(settings, admin_url, DatabaseRole.FOLLOW)
    try:
        with (
            connect(follow_url, name="hub-doctor", autocommit=True) as connection,
            open_store(settings, admin_url, DatabaseRole.SERVE, connections_max=2) as store,
            contextlib.closing(HttpClientPool()) as clients,
        ):
            yield from _numbers(connection, store, clients)
            yield from _endpoints(connection)
    except psycopg.errors.UndefinedTable:
        return  # the read models are not built yet: there is no number
    except (psycopg.Error, HubError) as error:
        words = error.message if isinstance(error, HubError) else type(error).__name__
        yield Finding("meta", State.WARNING, f"the numbers cannot be read: {words}", "See above.")


def _numbers(connection: HubConnection, store: Store, clients: HttpClientPool) -> Iterator[Finding]:
    senders = SenderChecks(store, clients)
    rows: list[tuple[Any, ...]] = connection.execute(_NUMBERS, (NUMBERS_MAX,)).fetchall()
    for tenant_id, number_id, has_received in rows:
        records = store.journal.load(TenantId(tenant_id), number_id)
        number = SenderNumber.replay_records(number_id, records)
        findings = senders.examine(TenantId(tenant_id), number, may_change=False)
        if not has_received:
            findings.append(
                Finding(
                    "webhook",
                    State.WARNING,
                    "no message ever came in through this number",
                    "Write to it from a phone. If nothing arrives: is the app subscribed, is the "
                    "callback URL right, is the app live, does `hub quarantine list` hold it?",
                )
            )
        yield from _told(number.display_phone, findings)


def _told(phone: str, findings: list[Finding]) -> Iterator[Finding]:
    missing = [one for one in findings if one.state is not State.OK]
    for one in missing:
        yield Finding("meta", one.state, f"{phone}, {one.name}: {one.found}", one.mend)
    if not missing:
        yield Finding(
            "meta", State.OK, f"{phone}: connected, subscribed, nothing stands against it"
        )


def _endpoints(connection: HubConnection) -> Iterator[Finding]:
    row = connection.execute(_ENDPOINTS).fetchone()
    disabled, dead = (0, 0) if row is None else row
    if disabled or dead:
        yield Finding(
            "webhooks",
            State.WARNING,
            f"{disabled} endpoints of other systems are disabled, {dead} events were given up",
            "`hub webhooks list` and `hub webhooks dead` say which and why; then `hub webhooks "
            "enable` and `hub webhooks replay`.",
        )
