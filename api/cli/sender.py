"""`hub sender`: the WhatsApp numbers of a firm."""

from typing import Annotated

import typer

from api.cli.output import AsJson, print_facts
from api.cli.run import EXIT_FAILED

app = typer.Typer(no_args_is_help=True, help="Connect, limit, pause and resume WhatsApp numbers.")

_NUMBER = typer.Argument(metavar="SENDER_NUMBER_ID", help="Id of the number, as `add` showed it.")

Tenant = Annotated[str, typer.Option(help="Id of the firm.")]
Waba = Annotated[str, typer.Option(help="Id of the WhatsApp Business account.")]
AppSecret = Annotated[
    str, typer.Option(help="Secret of the Meta app that signs.", envvar="HUB_SENDER_APP_SECRET")
]
VerifyToken = Annotated[
    str, typer.Option(help="Your word for Meta's handshake.", envvar="HUB_SENDER_VERIFY_TOKEN")
]
AccessToken = Annotated[
    str, typer.Option(help="Token that may send.", envvar="HUB_SENDER_ACCESS_TOKEN")
]
MetaApp = Annotated[
    str,
    typer.Option(
        "--app", help="Name of a Meta app of the firm's own; then /webhooks/whatsapp/NAME."
    ),
]
CallbackUrl = Annotated[
    str | None,
    typer.Option(
        help="Public address of this hub with the callback path: messages of this number go there."
    ),
]
TestTo = Annotated[
    str | None,
    typer.Option(help="A phone number of your own: Meta's template hello_world is sent to it."),
]


@app.command()
def add(
    *,
    tenant: Tenant,
    waba: Waba,
    phone_number_id: Annotated[str, typer.Option(help="Meta's id of the number.")],
    display_phone: Annotated[str, typer.Option(help="The number itself, +62 …")],
    app_secret: AppSecret,
    verify_token: VerifyToken,
    access_token: AccessToken,
    meta_app: MetaApp = "default",
    graph_url: Annotated[
        str | None, typer.Option(help="Address of the Graph API, if not Meta's.")
    ] = None,
    callback_url: CallbackUrl = None,
    test_to: TestTo = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Ask Meta nothing; for trying out without it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Connect a number, or give a connected one new secrets (two app secrets stay valid).

    Asks Meta whether token, number and account fit; if not, nothing is stored (exit 1). Then
    subscribes the app to the account, and says for each step what was found and what to do.
    """
    from api.cli.operator import operator, parse_id
    from api.cli.sender_steps import Connecting, connected, print_steps
    from domain.identity import TenantId
    from infrastructure.firm_setup import SenderSecrets
    from infrastructure.sender_checks.senders import callback_path

    with operator() as person:
        number_id, steps = connected(
            person,
            TenantId(parse_id(tenant, "firm")),
            Connecting(
                waba_id=waba,
                phone_number_id=phone_number_id,
                display_phone=display_phone,
                secrets=SenderSecrets(app_secret, verify_token, access_token),
                app=meta_app,
                graph_url=graph_url,
                callback_url=callback_url,
                test_to=test_to,
                asks_meta=not no_verify,
            ),
        )
    facts = {
        "sender_number_id": number_id,
        "app": meta_app,
        "callback_path": callback_path(meta_app),
    }
    print_steps(facts, steps, as_json=as_json)
    if number_id is None:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def verify(
    *,
    number: Annotated[str, _NUMBER],
    callback_url: CallbackUrl = None,
    test_to: TestTo = None,
    as_json: AsJson = False,
) -> None:
    """Ask Meta about a connected number and subscribe the app if need be; exit 1 if wrong."""
    from api.cli.operator import operator, parse_id
    from api.cli.sender_steps import print_steps, verified

    number_id = parse_id(number, "number")
    with operator() as person:
        steps = verified(person, number_id, callback_url=callback_url, test_to=test_to)
    print_steps({"sender_number_id": number_id}, steps, as_json=as_json)
    if any(step.state == "wrong" for step in steps):
        raise typer.Exit(EXIT_FAILED)


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
