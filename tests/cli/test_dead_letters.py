"""The operator sees everything that is stuck in one list, and mends it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.dead_letters import app
from api.cli.run import CommandFailedError
from domain.defect import Defect
from infrastructure.following import positions
from infrastructure.postgres.inbox_reader import InboxItem
from infrastructure.unique_ids import new_id
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key
from jobs.followers.quarantine import Quarantine
from jobs.followers.routing import Address
from tests.database import MASTER_KEY, HubDatabase
from tests.domain.memory_journal import START
from tests.event_store import connect_follow

__all__ = ["connect_follow"]

DEFECT = Defect(digest="0123456789ab", error="KeyError", frames=("projections/x.py:1 y",))


@pytest.fixture
def stuck(
    database: HubDatabase,
    connect_follow: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A parked follower and a held webhook."""
    for name, value in (
        ("HUB_DATABASE_URL", database.admin_url),
        ("HUB_MASTER_KEY", MASTER_KEY),
        ("HUB_HOME", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    key = load_master_key(database.settings)
    with connect_follow("tests") as connection:
        positions.register(connection, ["inbox"])
        place = positions.place_of(connection, "inbox")
        positions.park(
            connection,
            place,
            reason="KeyError",
            event="e",
            position=7,
            program="p",
            defect=DEFECT,
        )
        Quarantine(connection, InboxCipher(key), key).hold(
            InboxItem(1, START, "default", "f" * 64, None, b"{}"),
            b"{}",
            reason="fault",
            address=Address(None, None),
            place=None,
            defect=DEFECT,
        )


def run(*arguments: str, status: int = 0) -> Any:
    ran = CliRunner().invoke(app, [*arguments, "--json"])
    assert ran.exit_code == status, ran.output
    return json.loads(ran.output)


@pytest.mark.usefixtures("stuck")
def test_what_is_stuck_in_the_hub_itself_is_listed_grouped_shown_and_mended() -> None:
    listed = run("list")
    assert {row["id"] for row in listed} == {"quarantine:1", "follower:inbox"}
    assert {row["digest"] for row in listed} == {DEFECT.digest}
    assert [group["count"] for group in run("groups", "--digest", DEFECT.digest)] == [1, 1]
    assert run("list", "--kind", "follower")[0]["id"] == "follower:inbox"
    shown = run("show", "quarantine:1")
    assert shown["frames"] == list(DEFECT.frames)
    assert shown["message"]
    assert shown["next_step"]
    assert run("retry", "follower:inbox")[0]["retried"] is True
    (kept,) = run("discard", "--kind", "quarantine", "--reason", "a test of Meta")
    assert kept["discarded"] is True
    assert run("list") == []


@pytest.mark.usefixtures("stuck")
def test_nothing_is_decided_about_everything_by_accident() -> None:
    for arguments in (
        ["retry"],
        ["retry", "follower:inbox", "--kind", "follower"],
        ["settle", "x"],
    ):
        assert isinstance(CliRunner().invoke(app, arguments).exception, CommandFailedError)
    (refused,) = run("discard", "follower:inbox", "--reason", "tired of it", status=1)
    assert "correct the cause" in refused["problem"]


@pytest.fixture
def in_doubt(stuck: None, connect_follow: Any) -> str:
    """A parked doubt, as the read model shows it."""
    message_id = str(new_id())
    with connect_follow("tests") as connection:
        connection.execute(
            """
            INSERT INTO read_model.dead_letters (item_id, tenant_id, kind, state, cause,
                given_up_at, given_up_seq, first_given_up_at, times, attempts, frames)
            VALUES (%s, %s, 'message', 'open', 'in_doubt', now(), 1, now(), 1, 1, '[]')
            """,
            (message_id, new_id()),
        )
    return message_id


def test_a_filter_sends_nothing_again_that_may_have_arrived(in_doubt: str) -> None:
    (left,) = run("retry", "--kind", "message", status=1)
    assert (left["id"], left["retried"]) == (in_doubt, False)
    assert "dead-letters settle" in left["problem"]
    for chosen in ([in_doubt], ["--cause", "in_doubt"]):
        (tried,) = run("retry", *chosen, status=1)
        assert tried["problem"].startswith("There is no outbound message")
