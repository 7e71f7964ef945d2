"""The container files are valid and as careful as the rest. Images cannot be built in the tests."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from api.cli import COMMANDS
from infrastructure.checkout import CHECKOUT
from infrastructure.settings import fields

SCHEMA = Path(__file__).with_name("compose-specification.schema.json")
PROCESSES = {"serve", "follow", "outbound", "assist", "media", "bulk", "schedule", "deliver"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (CHECKOUT / "Dockerfile").read_text()


def test_the_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(compose)


def test_the_schema_refuses_a_wrong_compose_file(compose: dict[str, Any]) -> None:
    wrong = compose | {"services": {"serve": {"image": "x", "no_such_key": True}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(wrong)


def test_every_process_of_a_hub_has_its_service(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == PROCESSES | {"database", "redis", "migrate"}


def test_every_service_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    for name in (*PROCESSES, "migrate"):
        assert compose["services"][name]["command"][0] in COMMANDS


def test_every_variable_is_a_setting(compose: dict[str, Any]) -> None:
    known = {field.variable for field in fields()}
    for name in (*PROCESSES, "migrate"):
        assert compose["services"][name]["environment"].keys() <= known


def test_only_migrate_knows_the_password_of_the_administrator(compose: dict[str, Any]) -> None:
    knowing = {
        name
        for name, service in compose["services"].items()
        if "DATABASE_PASSWORD" in json.dumps(service)
    }
    assert knowing == {"database", "migrate"}


def test_processes_start_after_the_database_is_up_to_date(compose: dict[str, Any]) -> None:
    for name in PROCESSES:
        condition = compose["services"][name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


def test_redis_keeps_an_append_only_file_and_evicts_nothing(compose: dict[str, Any]) -> None:
    command = " ".join(compose["services"]["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_no_store_is_reachable_from_outside(compose: dict[str, Any]) -> None:
    for name in ("database", "redis"):
        assert "ports" not in compose["services"][name]
        assert compose["services"][name]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_the_image_holds_pinned_dependencies_and_no_root_process(dockerfile: str) -> None:
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER (?!root)", dockerfile, re.MULTILINE)


def test_the_image_holds_every_package_and_nothing_else(dockerfile: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE)
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    packages = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(copied)
