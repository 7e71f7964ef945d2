"""The command line as a whole: help, exit statuses, and modules that load only when needed."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from api.cli import COMMANDS
from infrastructure.checkout import CHECKOUT
from tests.cli.running import hub


def test_help_lists_every_command(tmp_path: Path) -> None:
    ran = hub("--help", home=tmp_path)
    assert ran.status == 0
    for name, entry in COMMANDS.items():
        assert name in ran.output
        assert entry.help in ran.output


def test_help_loads_no_command() -> None:
    code = (
        "import sys\n"
        "from api.cli import app\n"
        "try:\n    app(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.startswith('api.cli.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_describes_itself(name: str) -> None:
    module = importlib.import_module(COMMANDS[name].module)
    command = typer.main.get_command(module.app)
    assert command.help or COMMANDS[name].help


def test_every_module_of_commands_stands_in_the_table() -> None:
    parts = {"__init__", "output", "run"}
    files = {path.stem for path in (CHECKOUT / "api" / "cli").glob("*.py")} - parts
    with_app = {
        name for name in files if hasattr(importlib.import_module(f"api.cli.{name}"), "app")
    }
    assert with_app == {entry.module.rpartition(".")[2] for entry in COMMANDS.values()}


def test_an_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    ran = hub("no-such-command", home=tmp_path)
    assert ran.status == 2
    assert "No such command" in ran.error


def test_a_setting_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    ran = hub("settings", home=tmp_path, HUB_PORT="many")
    assert ran.status == 2
    assert ran.error.startswith("hub: HUB_PORT is 'many': Expected `int`")
    assert "Traceback" not in ran.error


def test_a_store_that_cannot_be_reached_is_told_without_a_traceback(tmp_path: Path) -> None:
    ran = hub("migrate", home=tmp_path, HUB_DATABASE_URL="postgresql://127.0.0.1:9/hub")
    assert ran.status == 1
    assert "cannot be reached" in ran.error
    assert "Traceback" not in ran.error


def test_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    ran = hub("settings", "--json", home=tmp_path, HUB_MASTER_KEY="c2VjcmV0", HUB_PORT="9000")
    rows = {row["variable"]: row for row in ran.json()}
    assert rows["HUB_PORT"]["value"] == "9000"
    assert rows["HUB_PORT"]["is_set"] is True
    assert rows["HUB_MASTER_KEY"]["value"] == "(set)"
    assert "c2VjcmV0" not in ran.output


def test_settings_check_agrees_with_the_example_file(tmp_path: Path) -> None:
    assert hub("settings", "--check", home=tmp_path).status == 0


def test_up_refuses_a_taken_port_before_anything_is_started(
    tmp_path: Path, taken_port: int
) -> None:
    ran = hub("up", home=tmp_path / "home", HUB_PORT=str(taken_port))
    assert ran.status == 1
    assert f"Port {taken_port} on 127.0.0.1 cannot be used" in ran.error
    assert not (tmp_path / "home").exists()


def test_the_script_in_the_checkout_runs_from_any_folder(tmp_path: Path) -> None:
    link = tmp_path / "hub"
    link.symlink_to(CHECKOUT / "hub")
    done = subprocess.run([link, "--help"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
