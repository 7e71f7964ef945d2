"""The `hub` command line: one module per noun, loaded only when its command runs.

A module exports `app`, a Typer application: with one command it stands for that command (`hub up`),
with a callback or several commands for a group (`hub tenant create`). To add a command, write its
module and one line in COMMANDS.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class CommandEntry(NamedTuple):
    """Where a command lives, and its line in `hub --help`."""

    module: str
    help: str


COMMANDS: Final[Mapping[str, CommandEntry]] = {
    "up": CommandEntry("api.cli.up", "Run everything on this machine."),
    "serve": CommandEntry("api.cli.serve", "Serve the gateway, GraphQL and the ops endpoints."),
    "follow": CommandEntry("api.cli.follow", "Turn the inbox into events, and events into views."),
    "work": CommandEntry("api.cli.work", "Work on one queue."),
    "schedule": CommandEntry("api.cli.schedule", "Ring for due work, sweep, keep the house."),
    "deliver": CommandEntry("api.cli.deliver", "Tell other systems what happens."),
    "projections": CommandEntry(
        "api.cli.projections", "Show where followers are; rebuild and verify read models."
    ),
    "events": CommandEntry("api.cli.events", "Watch events arrive, or look back at them."),
    "quarantine": CommandEntry(
        "api.cli.quarantine", "List and replay parts of webhooks that are held."
    ),
    "prices": CommandEntry("api.cli.prices", "Sum what Meta priced messages as."),
    "dead-letters": CommandEntry(
        "api.cli.dead_letters", "List, retry and discard what was given up."
    ),
    "tenant": CommandEntry("api.cli.tenant", "Set firms up, list them, suspend them."),
    "media": CommandEntry("api.cli.media", "Files of conversations: check what guards them."),
    "sender": CommandEntry("api.cli.sender", "Connect, pause and resume WhatsApp numbers."),
    "templates": CommandEntry("api.cli.templates", "Read message templates from Meta."),
    "webhooks": CommandEntry("api.cli.webhooks", "Tell other systems of a firm what happens."),
    "member": CommandEntry("api.cli.member", "Let people join a firm."),
    "token": CommandEntry("api.cli.token", "Issue and revoke access tokens."),
    "demo": CommandEntry("api.cli.demo", "Try it: a seeded firm and a simulated WhatsApp."),
    "broadcasts": CommandEntry("api.cli.broadcasts", "List and show broadcasts."),
    "broadcast-test": CommandEntry(
        "api.cli.broadcast_test", "A broadcast whose workers are killed, counted at the phones."
    ),
    "crash-test": CommandEntry("api.cli.crash_test", "Kill -9 under load, then count."),
    "migrate": CommandEntry("api.cli.migrate", "Bring the database up to date."),
    "doctor": CommandEntry("api.cli.doctor", "Say what is wrong with this hub and how to mend it."),
    "catalogue": CommandEntry(
        "api.cli.catalogue", "Write what is made from the code: tables, schemas."
    ),
    "schema": CommandEntry("api.cli.schema", "Show or check the GraphQL schema."),
    "settings": CommandEntry("api.cli.settings", "Show the settings, or write .env.example."),
    "bench": CommandEntry("api.cli.bench", "Measure speed and memory against their targets."),
    "simulator": CommandEntry("api.cli.simulator", "Run a simulated WhatsApp to try the hub with."),
}


class LazyCommands(TyperGroup):
    """Loads the module of a command when the command is run, not to list it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class gives it
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; only its name and help line while all commands are being listed."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if ctx.meta.get(_IS_LISTING):
            return TyperCommand(cmd_name, help=entry.help)
        command = typer.main.get_command(importlib.import_module(entry.module).app)
        command.params = [param for param in command.params if param.name not in _COMPLETION]
        command.name = cmd_name
        command.help = command.help or entry.help
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help page from the table alone."""
        ctx.meta[_IS_LISTING] = True
        super().format_help(ctx, formatter)


_IS_LISTING: Final = "hub.is_listing"
_COMPLETION: Final = {"install_completion", "show_completion"}
"""Options that Typer gives to every application of its own; a command is none."""

app: Final = typer.Typer(
    name="hub",
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks would show the values of local variables
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def hub() -> None:
    """WhatsApp intake for law firms: an assistant suggests, a human decides."""
