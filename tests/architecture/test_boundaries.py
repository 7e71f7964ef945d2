"""Who may import whom: the contracts stand in pyproject.toml and `make check` enforces them."""

import tomllib
from typing import Any, Final

import pytest

from infrastructure.checkout import CHECKOUT

CONTRACTS: Final[dict[str, dict[str, Any]]] = {
    contract["name"]: contract
    for contract in tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]["contracts"]
}


class Forbidden:
    """That some modules must not reach some others, directly or through anything between."""

    def __init__(self, sources: set[str], targets: set[str]) -> None:
        self.sources = sources
        self.targets = targets


RULES: Final = {
    "The domain is pure": Forbidden(
        {"domain"}, {"psycopg", "redis", "rq", "httpx", "fastapi", "strawberry", "opentelemetry"}
    ),
    "All HTTP calls sit in their adapter": Forbidden({"api", "jobs", "projections"}, {"httpx"}),
    "No path leads from the assistant to the sender": Forbidden(
        {"infrastructure.assistant", "jobs.assess_message", "jobs.suggest_draft"},
        {"infrastructure.whatsapp.sender", "jobs.drain_sender", "jobs.outbound"},
    ),
    "The webhook and GraphQL never start work themselves": Forbidden(
        {"api.graphql", "api.webhook"}, {"jobs"}
    ),
    "The webhook waits for PostgreSQL only": Forbidden(
        {"api.webhook"}, {"redis", "rq", "infrastructure.assistant"}
    ),
    "The product does not know its simulator": Forbidden(
        {"api.graphql", "api.webhook", "domain", "jobs", "projections"},
        {"infrastructure.simulator"},
    ),
    "What a supervisor loads stays small": Forbidden(
        {"infrastructure.embedded", "infrastructure.supervision"}, {"asyncio", "psycopg", "redis"}
    ),
}

THROUGH_OTHERS_TOO: Final = {
    "No path leads from the assistant to the sender",
    "The webhook and GraphQL never start work themselves",
    "The webhook waits for PostgreSQL only",
    "The product does not know its simulator",
}
"""Rules that hold along every chain of imports, not only for the first step."""


@pytest.mark.parametrize("name", RULES)
def test_a_rule_stands_among_the_contracts_and_covers_what_it_must(name: str) -> None:
    contract, rule = CONTRACTS[name], RULES[name]
    assert contract["type"] == "forbidden"
    assert rule.sources <= set(contract["source_modules"])
    assert rule.targets <= set(contract["forbidden_modules"])
    assert "ignore_imports" not in contract
    if name in THROUGH_OTHERS_TOO:
        assert not contract.get("allow_indirect_imports")


def test_rooms_depend_downwards_only() -> None:
    contract = CONTRACTS["Rooms depend downwards only"]
    assert contract["type"] == "layers"
    assert contract["layers"] == ["api", "jobs", "projections", "infrastructure", "domain"]
    assert "ignore_imports" not in contract


def test_modules_do_not_go_in_circles() -> None:
    contract = CONTRACTS["No cycles between modules"]
    assert contract["type"] == "acyclic_siblings"
    assert {"domain", "jobs", "projections"} <= set(contract["ancestors"])


def test_the_check_runs_the_contracts_and_compares_what_is_committed() -> None:
    lines = (CHECKOUT / "Makefile").read_text().split("\ncheck:")[1].split("\n\n")[0]
    for command in ("lint-imports", "ruff check", "ruff format --check", "mypy"):
        assert command in lines
    for snapshot in ("settings --check", "catalogue --check", "schema --check"):
        assert snapshot in lines
