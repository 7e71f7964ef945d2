"""`hub member`: the people of a firm."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts
from domain.scopes import Role

app = typer.Typer(no_args_is_help=True, help="Let people join a firm.")


@app.callback()
def member() -> None:
    """Let people join a firm."""


@app.command()
def add(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    name: Annotated[str, typer.Option(help="Name of the person.")],
    email: Annotated[str, typer.Option(help="Mail address of the person.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    as_json: AsJson = False,
) -> None:
    """Let a person join a firm."""
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId

    with operator() as person:
        member_id = person.setup.add_member(
            TenantId(parse_id(tenant, "firm")), name=name, email=email, role=role
        )
    print_facts({"member_id": member_id, "role": role.value}, as_json=as_json)
