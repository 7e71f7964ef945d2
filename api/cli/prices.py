"""`hub prices`: what Meta priced the messages of a firm as, by month and category."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_rows

app = typer.Typer()


@app.command()
def prices(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    month: Annotated[str, typer.Option(help="The month in UTC, as YYYY-MM.")],
    through: Annotated[
        str | None, typer.Option(help="The last month, as YYYY-MM; one month if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how many messages Meta priced alike; what money that is stands in Meta's price list."""
    import re

    import msgspec

    from api.cli.followers import followers_view
    from api.cli.operator import parse_id
    from projections.message_prices import price_sums

    last = through or month
    for given in (month, last):
        if not re.fullmatch(r"2[0-9]{3}-(0[1-9]|1[0-2])", given):
            raise typer.BadParameter("A month is written YYYY-MM, such as 2026-11.")
    query = price_sums(parse_id(tenant, "firm"), first_month=month, last_month=last)
    with followers_view() as view:
        rows = [msgspec.to_builtins(row) for row in query.fetch(view.connection)]
    print_rows(rows, as_json=as_json, empty="Meta told no price in this time.")
