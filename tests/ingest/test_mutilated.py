"""Mutilated samples on their way into the store: kept, never raising, never readable, repeatable.

`MUTILATIONS=20000` plays as many as that; without it a small number.
"""

import os
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from tests.database import HubDatabase
from tests.event_store import Store
from tests.ingest.gateway import Gateway, add_numbers
from tests.ingest.test_regrouping import SAMPLE_NUMBER
from tests.projections.test_privacy import dump
from tests.whatsapp.fuzz import mutilated

CASES: Final = int(os.environ.get("MUTILATIONS", "120"))
AT_ONCE: Final = 50
FIRST_SEED: Final = 20_261_121
IDENTITIES: Final = (b"6281210004321", b"70418823915502846613", b"Ratna Wulandari", b"wamid.HBgN")


def counted(connection: Connection[Any], table: str) -> int:
    query = SQL("SELECT count(*) FROM {}").format(Identifier("hub", table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_mutilated_samples_are_kept_once_and_mean_the_same_again(
    gateway: Gateway, store: Store, follow: Connection[Any], database: HubDatabase
) -> None:
    add_numbers(follow, store, [SAMPLE_NUMBER])
    bodies = [mutilated(FIRST_SEED + case) for case in range(CASES)]
    for start in range(0, CASES, AT_ONCE):
        gateway.take(*bodies[start : start + AT_ONCE], fingerprint=SAMPLE_NUMBER.fingerprint)
    assert counted(follow, "webhook_inbox") == CASES
    faults = {reason for reason, _ in gateway.held() if reason.startswith("fault")}
    assert faults == set()
    events, held = counted(follow, "events"), len(gateway.held())
    assert events > min(CASES // 4, 300)

    for start in range(0, CASES, AT_ONCE):
        gateway.take(*bodies[start : start + AT_ONCE], fingerprint=SAMPLE_NUMBER.fingerprint)
    assert counted(follow, "events") == events
    assert len(gateway.held()) == held

    with psycopg.connect(database.admin_url) as admin:
        dumped = dump(admin)
    assert b"message.received.v1" in dumped
    for identity in IDENTITIES:
        assert identity not in dumped, identity
        assert identity.hex().encode() not in dumped, identity
