"""`hub token`: what members and programs sign in with."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts
from domain.scopes import Scope

app = typer.Typer(no_args_is_help=True, help="Issue and revoke access tokens.")


@app.command()
def create(
    *,
    member: Annotated[str, typer.Option(help="Id of the member.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="Only these scopes of the role; may be repeated.")
    ] = None,
    ttl_days: Annotated[
        int | None, typer.Option(help="Days that the token is valid for.", min=1, max=3650)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is shown this once and never again."""
    from api.cli.operator import operator, parse_id
    from domain.identity import MemberId

    with operator() as person:
        member_id = MemberId(parse_id(member, "member"))
        issued = person.setup.issue_token(
            person.firm_of(member_id, "member"),
            member_id,
            ttl_days=ttl_days or person.settings.token_ttl_days_default,
            scopes=tuple(scope or ()),
        )
    print_facts(
        {
            "token": issued.token,
            "token_id": issued.token_id,
            "member_id": member_id,
            "expires_at": issued.expires_at.isoformat(timespec="seconds"),
        },
        as_json=as_json,
    )


@app.command()
def revoke(
    *,
    member: Annotated[str, typer.Option(help="Id of the member.")],
    token: Annotated[str, typer.Option(help="Id of the token (not the token itself).")],
    as_json: AsJson = False,
) -> None:
    """Stop a token at once."""
    from api.cli.operator import operator, parse_id
    from domain.identity import MemberId

    with operator() as person:
        member_id = MemberId(parse_id(member, "member"))
        token_id = parse_id(token, "token")
        person.setup.revoke_token(person.firm_of(member_id, "member"), member_id, token_id)
    print_facts({"token_id": token_id, "revoked": True}, as_json=as_json)
