"""`hub dead-letters`: what was given up in any firm or in the hub itself, and mending it."""

from typing import Annotated, Any

import typer

from api.cli.output import AsJson, print_facts, print_rows

app = typer.Typer(
    no_args_is_help=True,
    help="What was given up: messages, work, files, webhooks, parked followers. List, show, retry, "
    "settle, discard.",
)

LISTED_MAX = 1000
_IDS = typer.Argument(metavar="ID...", help="As `list` showed them.")
Ids = Annotated[list[str] | None, _IDS]
Kind = Annotated[
    str | None,
    typer.Option(
        help="Only message, assessment, draft, media, template, broadcast, receipt, webhook, "
        "quarantine or follower."
    ),
]
Cause = Annotated[str | None, typer.Option(help="Only with this stable reason.")]
Digest = Annotated[str | None, typer.Option(help="Only with this digest of a defect.")]
Tenant = Annotated[str | None, typer.Option(help="Only of this firm.")]


@app.command("list")
def list_letters(
    *,
    kind: Kind = None,
    cause: Cause = None,
    digest: Digest = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, newest first: ids, causes and times, never content."""
    from api.cli.stuck_things import facts_of, stuck_everywhere, wanted_letters

    wanted = wanted_letters(kind, cause, digest, tenant)
    rows = [facts_of(row) for row in stuck_everywhere(wanted, limit=LISTED_MAX)]
    print_rows(rows, as_json=as_json, empty="Nothing was given up.")


@app.command()
def groups(
    *,
    kind: Kind = None,
    cause: Cause = None,
    digest: Digest = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Count what waits for a person, equal faults together, the most frequent first."""
    from api.cli.stuck_things import grouped, stuck_everywhere, wanted_letters

    wanted = wanted_letters(kind, cause, digest, tenant)
    rows = grouped(stuck_everywhere(wanted, limit=LISTED_MAX))
    print_rows(rows, as_json=as_json, empty="Nothing was given up.")


@app.command()
def show(letter: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Show one: its cause in words, what can be done, where the hub failed, and the way back."""
    from api.cli.stuck_things import facts_of, found
    from api.graphql.failures import failure_words
    from projections.dead_letters import frames_of

    (row,) = found([letter])
    words = failure_words(row.cause)
    print_facts(
        {
            **facts_of(row),
            "state": row.state,
            "message": row.words or words.message,
            "next_step": words.next_step,
            "first_given_up_at": row.first_given_up_at,
            "times_given_up": row.times,
            "error": row.error,
            "frames": frames_of(row) if as_json else "; ".join(frames_of(row)),
            "conversation_id": row.conversation_id,
            "message_id": row.message_id,
            "discard_reason": row.discard_reason,
        },
        as_json=as_json,
    )


@app.command()
def retry(
    ids: Ids = None,
    *,
    kind: Kind = None,
    cause: Cause = None,
    digest: Digest = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Do things once more, named by their ids or by a filter; exit 1 if one is still stuck.

    Messages go out in the approved words under all rules, which decide anew; other words are a
    matter of the firm's screen (`reviseDeadLetter`). A message in doubt is left alone unless it is
    named by its id or by `--cause in_doubt`: it may have arrived.
    """
    _for_each(ids, (kind, cause, digest, tenant), None, "retried", as_json=as_json)


@app.command()
def discard(
    ids: Ids = None,
    *,
    reason: Annotated[str, typer.Option(help="Why, without personal content; it is kept.")],
    kind: Kind = None,
    cause: Cause = None,
    digest: Digest = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Set things aside for good, named by their ids or by a filter."""
    _for_each(ids, (kind, cause, digest, tenant), reason, "discarded", as_json=as_json)


@app.command()
def settle(
    letter: Annotated[str, typer.Argument(metavar="ID", help="A message in doubt.")],
    *,
    was_sent: Annotated[
        bool | None,
        typer.Option(
            "--was-sent/--was-not-sent", help="Whether the contact has it; not sent: send it again."
        ),
    ] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Whether it arrived or not, never send it again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Settle a message whose answer was lost, after asking whether it arrived."""
    from api.cli.operator import operator, parse_id
    from api.cli.run import CommandFailedError
    from domain.identity import OutboundMessageId
    from domain.outbound_commands import DoubtDecision

    if (was_sent is None) != give_up:
        raise CommandFailedError("Say one of --was-sent, --was-not-sent or --give-up.")
    sent = DoubtDecision.WAS_SENT if was_sent else DoubtDecision.SEND_AGAIN
    decision = DoubtDecision.GIVE_UP if give_up else sent
    message_id = OutboundMessageId(parse_id(letter, "message"))
    with operator() as person:
        tenant_id = person.firm_of(message_id, "message")
        person.setup.settle_doubt(tenant_id, message_id, decision)
    print_facts({"id": message_id, "settled": decision.value}, as_json=as_json)


def _for_each(
    ids: list[str] | None,
    narrowed: tuple[str | None, str | None, str | None, str | None],
    reason: str | None,
    done: str,
    *,
    as_json: bool,
) -> None:
    """Retry, or discard with a `reason`."""
    from api.cli.run import EXIT_FAILED, CommandFailedError
    from api.cli.stuck_things import (
        NOT_SETTLED,
        decide,
        doubtful,
        found,
        id_of,
        stuck_everywhere,
        wanted_letters,
    )

    if bool(ids) == any(narrowed):
        raise CommandFailedError("Name ids, or narrow by --kind, --cause, --digest or --tenant.")
    wanted = wanted_letters(*narrowed)
    letters = found(ids) if ids else stuck_everywhere(wanted, limit=LISTED_MAX)
    # Nobody looked at each of what a filter matches.
    left = doubtful(letters) if reason is None and not ids and wanted.cause is None else []
    decided = decide([row for row in letters if row not in left], reason)
    rows: list[dict[str, Any]] = [
        {"id": id_of(row), done: problem is None, "problem": problem}
        for row, problem in (*decided, *((row, NOT_SETTLED) for row in left))
    ]
    print_rows(rows, as_json=as_json, empty="Nothing was named.")
    if not all(row[done] for row in rows):
        raise typer.Exit(EXIT_FAILED)
