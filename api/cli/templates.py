"""`hub templates`: the message templates of a firm's accounts."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts

app = typer.Typer(no_args_is_help=True, help="Read message templates from Meta.")


@app.callback()
def templates() -> None:
    """Read message templates from Meta."""


@app.command()
def sync(
    number: Annotated[str, typer.Argument(help="Id of a sender number of the account.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Read all templates of a number's account now; the list shows what changed."""
    from api.cli.operator import operator, parse_id
    from domain.identity import SenderNumberId

    with operator() as person:
        number_id = SenderNumberId(parse_id(number, "sender number"))
        firm = person.firm_of(number_id, "sender number")
        sync_id = person.setup.sync_templates(firm, number_id)
    print_facts({"sender_number_id": number_id, "sync_id": sync_id}, as_json=as_json)
