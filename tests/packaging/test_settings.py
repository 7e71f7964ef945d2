"""The settings class is the documentation, and says clearly what is wrong with a value."""

from pathlib import Path

import pytest

from infrastructure.checkout import CHECKOUT
from infrastructure.settings import (
    Settings,
    SettingsError,
    environment_example,
    fields,
    unknown_variables,
)

UNITS = ("_s", "_ms", "_bytes_max", "_days", "_days_default", "_max", "_hours")


def test_the_example_file_equals_the_settings() -> None:
    assert (CHECKOUT / ".env.example").read_text() == environment_example()


@pytest.mark.parametrize("field", fields(), ids=lambda field: field.name)
def test_every_setting_has_one_sentence(field: object) -> None:
    description = getattr(field, "description", "")
    assert description[:1].isupper()
    assert description.endswith(".")
    assert ". " not in description


@pytest.mark.parametrize(
    "field",
    [field for field in fields() if isinstance(field.default, int | float)],
    ids=lambda field: field.name,
)
def test_every_number_names_its_unit(field: object) -> None:
    name = getattr(field, "name", "")
    assert name == "port" or name.endswith(UNITS)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.port == 8000
    assert settings.host == "127.0.0.1"
    assert settings.home.name == "lawyers-hub"


def test_an_empty_variable_means_the_default() -> None:
    assert Settings.from_environment({"HUB_PORT": " "}).port == 8000


def test_variables_are_read(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "HUB_HOME": str(tmp_path),
            "HUB_PORT": "9000",
            "HUB_ENVIRONMENT": "production",
            "HUB_GRAPH_TOTAL_TIMEOUT_S": "2.5",
        }
    )
    assert settings.home == tmp_path
    assert settings.port == 9000
    assert settings.environment == "production"
    assert settings.graph_total_timeout_s == 2.5


def test_settings_survive_the_way_to_a_child_process(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=9001, master_key="c2VjcmV0", otlp_endpoint="http://o")
    assert Settings.from_environment(settings.to_environment()) == settings


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HUB_PORT", "abc", "HUB_PORT is 'abc': Expected `int`"),
        ("HUB_PORT", "0", "HUB_PORT is '0': Expected `int` >= 1"),
        ("HUB_PORT", "70000", "HUB_PORT is '70000': Expected `int` <= 65535"),
        ("HUB_ENVIRONMENT", "test", "HUB_ENVIRONMENT is 'test': Invalid enum value 'test'"),
        ("HUB_GRAPH_API_VERSION", "26", "HUB_GRAPH_API_VERSION is '26': Expected `str` matching"),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(variable: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({variable: value})
    assert str(raised.value).startswith(expected)
    assert "remove it to use the default" in str(raised.value)


def test_secrets_are_never_shown() -> None:
    settings = Settings(master_key="very secret", database_url="postgresql://u:very-secret@h/d")
    assert "secret" not in repr(settings)
    assert "master_key=…" in repr(settings)


def test_a_misspelt_variable_is_found() -> None:
    found = unknown_variables({"HUB_PROT": "1", "HUB_PORT": "1", "HOME": "/", "HUB_ZZZZ": "1"})
    assert found == {"HUB_PROT": "HUB_PORT", "HUB_ZZZZ": ""}
