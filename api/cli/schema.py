"""`hub schema`: the GraphQL schema as text."""

from typing import Annotated

import typer

from api.cli.run import CommandFailedError

app = typer.Typer()


@app.command()
def schema(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with schema.graphql; exit 1 if it differs.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write schema.graphql anew.")] = False,
) -> None:
    """Print the GraphQL schema, or compare it with the committed one."""
    from api.graphql.schema import SCHEMA_FILE, printed_schema
    from infrastructure.checkout import CHECKOUT

    file = CHECKOUT / SCHEMA_FILE
    text = printed_schema()
    if write:
        file.write_text(text, "utf-8")
    elif not check:
        print(text, end="")
    elif not file.exists() or file.read_text("utf-8") != text:
        raise CommandFailedError(
            f"{SCHEMA_FILE} differs from the code. If the change is wanted: hub schema --write"
        )
