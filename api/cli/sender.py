"""`hub sender`: the WhatsApp numbers of a firm."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts

app = typer.Typer(no_args_is_help=True, help="Connect, limit, pause and resume WhatsApp numbers.")

_NUMBER = typer.Argument(metavar="SENDER_NUMBER_ID", help="Id of the number, as `add` showed it.")


@app.command()
def add(
    *,
    tenant: Annotated[str, typer.Option(help="Id of the firm.")],
    waba: Annotated[str, typer.Option(help="Id of the WhatsApp Business account.")],
    phone_number_id: Annotated[str, typer.Option(help="Meta's id of the number.")],
    display_phone: Annotated[str, typer.Option(help="The number itself, +62 …")],
    app_secret: Annotated[
        str, typer.Option(help="Secret of the Meta app that signs.", envvar="HUB_SENDER_APP_SECRET")
    ],
    verify_token: Annotated[
        str, typer.Option(help="Your word for Meta's handshake.", envvar="HUB_SENDER_VERIFY_TOKEN")
    ],
    access_token: Annotated[
        str, typer.Option(help="Token that may send.", envvar="HUB_SENDER_ACCESS_TOKEN")
    ],
    meta_app: Annotated[
        str,
        typer.Option(
            "--app", help="Name of a Meta app of the firm's own; then /webhooks/whatsapp/NAME."
        ),
    ] = "default",
    graph_url: Annotated[
        str | None, typer.Option(help="Address of the Graph API, if not Meta's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Connect a number, or give a connected one new secrets (two app secrets stay valid)."""
    from api.cli.operator import operator, parse_id
    from domain.identity import TenantId
    from infrastructure.firm_setup import DEFAULT_APP, SenderSecrets

    with operator() as person:
        number_id = person.setup.add_sender_number(
            TenantId(parse_id(tenant, "firm")),
            waba_id=waba,
            phone_number_id=phone_number_id,
            display_phone=display_phone,
            secrets=SenderSecrets(app_secret, verify_token, access_token),
            app=meta_app,
            graph_url=graph_url,
        )
    path = "/webhooks/whatsapp" if meta_app == DEFAULT_APP else f"/webhooks/whatsapp/{meta_app}"
    print_facts(
        {"sender_number_id": number_id, "app": meta_app, "callback_path": path}, as_json=as_json
    )


@app.command()
def pause(
    number: Annotated[str, _NUMBER],
    *,
    reason: Annotated[str, typer.Option(help="Why, without personal content; members see it.")],
    as_json: AsJson = False,
) -> None:
    """Send nothing from a number until it is resumed; what was approved waits."""
    from api.cli.operator import operator, parse_id
    from domain.identity import SenderNumberId

    with operator() as person:
        number_id = SenderNumberId(parse_id(number, "sender number"))
        person.setup.pause_sender_number(
            person.firm_of(number_id, "sender number"), number_id, reason
        )
    print_facts({"sender_number_id": number_id, "paused": True}, as_json=as_json)


@app.command()
def resume(number: Annotated[str, _NUMBER], *, as_json: AsJson = False) -> None:
    """Let a paused number send again; what waited goes out by itself."""
    from api.cli.operator import operator, parse_id
    from domain.identity import SenderNumberId

    with operator() as person:
        number_id = SenderNumberId(parse_id(number, "sender number"))
        person.setup.resume_sender_number(person.firm_of(number_id, "sender number"), number_id)
    print_facts({"sender_number_id": number_id, "paused": False}, as_json=as_json)


@app.command()
def limit(
    number: Annotated[str, _NUMBER],
    *,
    level: Annotated[
        int, typer.Option(help="Messages per second that Meta allows: 20, 80 or 1000.")
    ] = 80,
    chosen: Annotated[
        int | None, typer.Option(help="The firm's own lower limit in messages per second.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set how many messages per second a number may send."""
    from api.cli.operator import operator, parse_id
    from domain.identity import SenderNumberId

    with operator() as person:
        number_id = SenderNumberId(parse_id(number, "sender number"))
        person.setup.limit_sender_number(
            person.firm_of(number_id, "sender number"),
            number_id,
            level_per_second=level,
            chosen_per_second=chosen,
        )
    print_facts(
        {"sender_number_id": number_id, "level_per_second": level, "chosen_per_second": chosen},
        as_json=as_json,
    )
