"""`hub migrate` and `hub doctor` on a home from nothing."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import hub


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hub-cli-") as folder:
        yield Path(folder) / "home"


def states(findings: list[dict[str, str]]) -> dict[str, str]:
    return {finding["name"]: finding["state"] for finding in findings}


def test_a_new_home_is_found_empty_then_migrated_then_found_well(
    home: Path, free_port: int
) -> None:
    port = str(free_port)
    before = hub("doctor", "--json", home=home, HUB_PORT=port)
    assert before.status == 1
    assert states(before.json())["migrations"] == "wrong"
    assert states(before.json())["roles"] == "wrong"

    first = hub("migrate", "--json", home=home)
    assert first.status == 0
    assert first.json()["applied"]
    again = hub("migrate", "--json", home=home)
    assert again.status == 0
    assert again.json()["applied"] == []

    after = hub("doctor", "--json", home=home, HUB_PORT=port)
    assert after.status == 0
    assert set(states(after.json()).values()) == {"ok"}
    people = hub("doctor", home=home, HUB_PORT=port).output
    assert "WRONG" not in people
    assert "PostgreSQL" in people
