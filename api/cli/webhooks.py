"""`hub webhooks`: other systems of a firm that are told what happens."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts, print_rows
from api.cli.run import EXIT_FAILED

app = typer.Typer(no_args_is_help=True, help="Tell other systems of a firm what happens.")

Tenant = Annotated[str, typer.Option(help="Id of the firm.")]
EndpointId = Annotated[str, typer.Argument(metavar="ID", help="Id of the webhook endpoint.")]
_ONCE = "Keep it where the other system checks signatures: it is not shown again."


@app.command()
def add(
    *,
    tenant: Tenant,
    url: Annotated[str, typer.Option(help="Where the calls go, https://…")],
    events: Annotated[
        list[str] | None,
        typer.Option("--event", help="A name of the standard contract; all without it."),
    ] = None,
    with_content: Annotated[
        bool, typer.Option("--with-content", help="Send the words of messages and drafts along.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell an address what happens from now on, and print the secret that signs the calls."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands
    from domain.identity import TenantId

    with operator() as person:
        added = WebhookCommands(person).add(
            TenantId(parse_id(tenant, "firm")),
            url=url,
            event_types=tuple(events or ()),
            with_content=with_content,
        )
    facts = {"webhook_endpoint_id": added.endpoint_id, "secret": added.secret}
    print_facts(facts, as_json=as_json)
    if not as_json:
        print(_ONCE)


@app.command("list")
def list_endpoints(*, tenant: Tenant, as_json: AsJson = False) -> None:
    """List the endpoints of a firm, and how they answer."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands
    from domain.identity import TenantId

    with operator() as person:
        rows = WebhookCommands(person).listed(TenantId(parse_id(tenant, "firm")))
    print_rows(rows, as_json=as_json, empty="The firm has no webhook endpoint.")


@app.command()
def rotate(*, endpoint: EndpointId, as_json: AsJson = False) -> None:
    """Draw a new secret and print it; the former one signs beside it for 24 hours."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    with operator() as person:
        added = WebhookCommands(person).rotate(parse_id(endpoint, "webhook endpoint"))
    facts = {"webhook_endpoint_id": added.endpoint_id, "secret": added.secret}
    print_facts(facts, as_json=as_json)
    if not as_json:
        print(_ONCE)


@app.command()
def enable(*, endpoint: EndpointId) -> None:
    """Tell a disabled endpoint again what happens from now on; `replay` brings what it missed."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    with operator() as person:
        WebhookCommands(person).enable(parse_id(endpoint, "webhook endpoint"))
    print("It is told what happens from now on.")


@app.command()
def disable(*, endpoint: EndpointId) -> None:
    """Tell an endpoint nothing for now."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    with operator() as person:
        WebhookCommands(person).disable(parse_id(endpoint, "webhook endpoint"))
    print("It is told nothing until it is enabled again.")


@app.command()
def remove(*, endpoint: EndpointId) -> None:
    """Tell an endpoint nothing any more, for good."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    with operator() as person:
        WebhookCommands(person).remove(parse_id(endpoint, "webhook endpoint"))
    print("It is told nothing any more.")


@app.command("test")
def try_out(*, endpoint: EndpointId, as_json: AsJson = False) -> None:
    """Make one signed call now that says WebhookTest; exit 1 unless it is answered with 2xx."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    with operator() as person:
        outcome = WebhookCommands(person).test(parse_id(endpoint, "webhook endpoint"))
    facts = {
        "delivered": outcome.is_success,
        "http_status": outcome.status,
        "reason": None if outcome.is_success else outcome.words,
        "seconds": round(outcome.seconds, 3),
    }
    print_facts(facts, as_json=as_json)
    if not outcome.is_success:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def dead(*, tenant: Tenant, as_json: AsJson = False) -> None:
    """List what could not be told and was given up, newest first."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands
    from domain.identity import TenantId

    with operator() as person:
        found = WebhookCommands(person).dead(TenantId(parse_id(tenant, "firm")))
    print_rows([one._asdict() for one in found], as_json=as_json, empty="Nothing was given up.")


@app.command()
def replay(
    *,
    endpoint: EndpointId,
    events: Annotated[
        list[str] | None, typer.Option("--event-id", help="An event that was given up.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that was given up.")] = False,
    after: Annotated[
        int | None,
        typer.Option(min=0, help="Everything after this position, whatever became of it."),
    ] = None,
) -> None:
    """Tell again what was given up, or everything after a position (`metadata.position`)."""
    from api.cli.operator import operator, parse_id
    from api.cli.webhook_commands import WebhookCommands

    if [bool(events), every, after is not None].count(True) != 1:
        raise typer.BadParameter("Name the ids of the events, or give --all or --after.")
    with operator() as person:
        key, commands = parse_id(endpoint, "webhook endpoint"), WebhookCommands(person)
        if after is not None:
            count = commands.replay_after(key, after)
        else:
            ids = None if every else [parse_id(one, "event") for one in events or ()]
            count = commands.replay(key, ids)
    print(f"{count} to be told again.")
