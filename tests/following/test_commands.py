"""Commands about followers: where they are, read models made anew, held parts, the log."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following import positions
from infrastructure.following.event_log import log_head
from projections.benchmarks.stories import Firm
from tests.cli.running import Ran, hub
from tests.database import MASTER_KEY, HubDatabase
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.ingest.gateway import Gateway, Number, add_numbers, notification, text_message
from tests.waiting import until


class CommandLine:
    """Runs `hub` on the database of the test."""

    def __init__(self, database: HubDatabase, home: Path) -> None:
        self._home = home
        self._environment = {"HUB_DATABASE_URL": database.admin_url, "HUB_MASTER_KEY": MASTER_KEY}

    def __call__(self, *arguments: str) -> Ran:
        return hub(*arguments, home=self._home, **self._environment)


@pytest.fixture
def cli(database: HubDatabase, tmp_path: Path) -> CommandLine:
    return CommandLine(database, tmp_path)


def test_status_shows_how_far_each_unit_is_and_why_one_is_parked(
    cli: CommandLine, follow: Connection[Any], store: Store
) -> None:
    store(Firm(FIRM).consultation())
    follow_once(follow, ["inbox"])
    place = positions.place_of(follow, "feed")
    positions.park(
        follow, place, reason="Broken at x.py:1.", event="an.event.v1", position=7, program="p"
    )
    head = log_head(follow)
    reports = {report["name"]: report for report in cli("projections", "status", "--json").json()}
    assert {"ingest", "policies", "inbox", "timeline"} <= reports.keys()
    assert (reports["inbox"]["state"], reports["inbox"]["behind"]) == ("stopped", 0)
    assert (reports["timeline"]["position"], reports["timeline"]["behind"]) == (0, head)
    assert (reports["feed"]["state"], reports["feed"]["reason"]) == ("parked", "Broken at x.py:1.")

    shown = cli("projections", "status").output
    assert "Broken at x.py:1." in shown
    assert cli("projections", "resume", "feed", "--json").json() == {
        "name": "feed",
        "was_parked": True,
    }
    assert positions.place_of(follow, "feed").parked_reason is None


def test_read_models_are_rebuilt_and_verified(
    cli: CommandLine, follow: Connection[Any], store: Store
) -> None:
    store(Firm(FIRM).consultation())
    follow_once(follow)
    (result,) = cli("projections", "rebuild", "inbox", "--json").json()
    assert (result["name"], result["rows"], result["build"]) == ("inbox", 1, 2)
    assert result["compared"]["is_equal"]

    assert cli("projections", "verify", "inbox").status == 0
    store(Firm(FIRM, seed=3).consultation())
    ran = cli("projections", "verify", "inbox")
    assert (ran.status, "hub follow" in ran.error) == (1, True)
    follow_once(follow, ["inbox"])
    follow.execute("UPDATE read_model.inbox SET unread_count = 99")
    ran = cli("projections", "verify", "inbox")
    assert ran.status == 1
    assert "unread_count" in ran.output
    ran = cli("projections", "rebuild", "inbox")
    assert (ran.status, "differs" in ran.output) == (0, True)


@pytest.mark.parametrize("arguments", [["rebuild"], ["rebuild", "inbox", "--all"], ["verify", "x"]])
def test_commands_say_what_they_need(cli: CommandLine, arguments: list[str]) -> None:
    ran = cli("projections", *arguments)
    assert ran.status == 2
    assert ran.output == ""


def test_a_held_part_is_listed_without_its_content_and_replayed(
    cli: CommandLine, gateway: Gateway, follow: Connection[Any], store: Store
) -> None:
    gateway.take(notification(text_message("wamid.A", "rahasia")))
    ran = cli("quarantine", "list", "--json")
    (held,) = ran.json()
    assert held["reason"] == "unknown_sender"
    assert "rahasia" not in ran.output
    ran = cli("quarantine", "replay", "--all")
    assert (ran.status, "unknown_sender" in ran.output) == (1, True)
    add_numbers(follow, store, [Number()])
    assert cli("quarantine", "replay", str(held["id"])).status == 0
    assert cli("quarantine", "list", "--json").json() == []


def test_the_history_of_a_firm_is_printed_without_content(
    cli: CommandLine, follow: Connection[Any], store: Store
) -> None:
    told = Firm(FIRM).consultation()
    store(told)
    follow_once(follow, ["event_history"])
    ran = cli("events", "history", "--tenant", str(FIRM), "--limit", "1000", "--json")
    assert [row["event_id"] for row in ran.json()] == [str(record.event_id) for record in told]
    assert cli("events", "history", "--tenant", "x").status == 1


def test_the_tail_prints_events_as_they_are_stored(
    cli: CommandLine, follow: Connection[Any], store: Store
) -> None:
    other, own = Firm(OTHER_FIRM, seed=2).consultation(), Firm(FIRM).consultation()
    listening = (
        "SELECT FROM pg_stat_activity WHERE application_name = 'hub-operator' "
        "AND datname = current_database() AND query LIKE '%%FROM hub.events%%'"
    )
    with ThreadPoolExecutor(1) as background:
        ran = background.submit(
            cli, "events", "tail", "--tenant", str(FIRM), "--count", str(len(own)), "--json"
        )
        until(lambda: follow.execute(listening).fetchone() is not None, "the tail has begun")
        store(other)
        store(own)
        lines = [json.loads(line) for line in ran.result().output.splitlines()]
    assert [line["topic"] for line in lines] == [record.topic for record in own]
    assert [line["tenant_seq"] for line in lines] == list(range(1, len(own) + 1))
