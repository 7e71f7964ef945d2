"""`hub tenant`: the firms of this hub."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts, print_rows

app = typer.Typer(no_args_is_help=True, help="Set firms up, list them, suspend them.")


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="Name of the firm, as its contacts read it.")],
    time_zone: Annotated[str, typer.Option(help="IANA time zone.")] = "Asia/Jakarta",
    intake: Annotated[
        bool,
        typer.Option(
            help="Publish the standard intake; by this you approve each of its words for the firm."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Set a firm up."""
    from api.cli.operator import operator
    from domain.standard_intake import standard_intake

    with operator() as person:
        flow = standard_intake() if intake else None
        tenant_id = person.setup.create_tenant(name, time_zone=time_zone, intake=flow)
    print_facts(
        {
            "tenant_id": tenant_id,
            "name": name,
            "time_zone": time_zone,
            "intake_version": flow.version if flow else None,
        },
        as_json=as_json,
    )


@app.command("list")
def list_tenants(*, as_json: AsJson = False) -> None:
    """List the firms."""
    from api.cli.operator import operator
    from infrastructure.firms import list_firms

    with operator() as person:
        firms = list_firms(person.all_firms)
    print_rows(
        [firm._asdict() for firm in firms],
        as_json=as_json,
        empty="There is no firm yet: hub tenant create --name NAME",
    )


@app.command()
def suspend(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the firm's history.")],
    as_json: AsJson = False,
) -> None:
    """Stop everything that would be sent for a firm. Inbound messages are still recorded."""
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId

    with operator() as person:
        tenant_id = TenantId(parse_id(tenant, "firm"))
        person.setup.suspend_tenant(tenant_id, reason)
    print_facts({"tenant_id": tenant_id, "suspended": True}, as_json=as_json)


@app.command()
def resume(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    as_json: AsJson = False,
) -> None:
    """End the suspension of a firm."""
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId

    with operator() as person:
        tenant_id = TenantId(parse_id(tenant, "firm"))
        person.setup.resume_tenant(tenant_id)
    print_facts({"tenant_id": tenant_id, "suspended": False}, as_json=as_json)


@app.command()
def retention(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="Days; without it the period of the hub counts again."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the firm's history.")],
    as_json: AsJson = False,
) -> None:
    """Set how long a firm keeps files of intakes that went nowhere. A legal hold is stronger."""
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId

    with operator() as person:
        tenant_id = TenantId(parse_id(tenant, "firm"))
        person.setup.set_media_retention(tenant_id, days, reason)
    print_facts({"tenant_id": tenant_id, "media_days": days}, as_json=as_json)


@app.command()
def queue(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    own: Annotated[
        bool, typer.Option("--own/--shared", help="Workers of its own, or shared ones.")
    ],
    as_json: AsJson = False,
) -> None:
    """Give a firm a queue of its own for its messages, or none any more.

    Start `hub work --queue outbound --tenant ID` for it, as many as it needs. When none of them
    comes within ten seconds, the shared ones do.
    """
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId

    with operator() as person:
        tenant_id = TenantId(parse_id(tenant, "firm"))
        person.setup.choose_queue(tenant_id, is_own=own)
    print_facts({"tenant_id": tenant_id, "own_queue": own}, as_json=as_json)
