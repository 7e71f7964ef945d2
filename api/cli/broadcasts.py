"""`hub broadcasts`: broadcasts of a firm, their plan and how far they have come; no content."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from api.cli.output import AsJson, print_facts, print_rows
from api.cli.run import CommandFailedError

if TYPE_CHECKING:
    from projections.broadcasts import BroadcastRow

app = typer.Typer(no_args_is_help=True, help="List and show broadcasts.")

LISTED_MAX = 200

Tenant = Annotated[str, typer.Option(help="Id of the firm.")]


@app.command("list")
def list_broadcasts(
    *,
    tenant: Tenant,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the broadcasts of a firm, newest first."""
    from api.cli.followers import followers_view
    from api.cli.operator import parse_id
    from domain.broadcast import BroadcastState
    from projections.broadcasts import broadcasts_of_tenant

    if state is not None and state not in set(BroadcastState):
        raise typer.BadParameter(f"A state is one of {', '.join(BroadcastState)}.")
    query = broadcasts_of_tenant(parse_id(tenant, "firm"), limit=LISTED_MAX, state=state)
    with followers_view() as view:
        rows = query.fetch(view.connection)
    print_rows([_line(row) for row in rows], as_json=as_json, empty="There is no broadcast.")


@app.command()
def show(
    *,
    broadcast: Annotated[str, typer.Argument(help="Id of the broadcast.")],
    tenant: Tenant,
    as_json: AsJson = False,
) -> None:
    """Show a broadcast: its plan, the reasons of those left out, and the progress."""
    from api.cli.followers import followers_view
    from api.cli.operator import parse_id
    from projections.broadcast_recipients import delivery_counts
    from projections.broadcasts import (
        audience_of,
        broadcasts_by_id,
        excluded_of,
        forecast_of,
    )
    from projections.daily_room import daily_rooms

    firm, key = parse_id(tenant, "firm"), parse_id(broadcast, "broadcast")
    with followers_view() as view:
        row = broadcasts_by_id(firm, [key]).first(view.connection)
        if row is None:
            raise CommandFailedError(
                f"The firm has no broadcast {key}. `hub broadcasts list` shows those it has."
            )
        plans = [row.plan_id] if row.plan_id is not None else []
        counts = delivery_counts(firm, plans).fetch(view.connection)
        room = daily_rooms(firm, [row.sender_number_id]).first(view.connection)
    facts = {
        **_line(row),
        "version": row.version,
        "audience": msgspec.to_builtins(audience_of(row)),
        "excluded": {one.reason: one.contacts for one in excluded_of(row)},
        "forecast": [msgspec.to_builtins(one) for one in forecast_of(row)],
        "writes_first": row.writes_first,
        "daily_limit": None if room is None else room.limit,
        "daily_room": None if room is None else room.room,
        "plan_failure": row.plan_failure,
        "paused_at": row.paused_at,
        "cancelled_at": row.cancelled_at,
        "cancel_reason": row.cancel_reason,
        "progress": {_name(one.state, one.reason): one.messages for one in counts},
    }
    print_facts(facts, as_json=as_json)


def _line(row: "BroadcastRow") -> dict[str, Any]:
    return {
        "id": row.broadcast_id,
        "state": row.state,
        "drafted_at": row.drafted_at,
        "recipients": row.recipients,
        "requested": row.requested,
        "approved_at": row.approved_at,
        "completed_at": row.completed_at,
    }


def _name(state: str, reason: str | None) -> str:
    return state if reason is None else f"{state} ({reason})"
