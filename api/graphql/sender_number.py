"""The WhatsApp numbers of the firm."""

import strawberry

from api.graphql.ids import global_id
from api.graphql.node import Node
from projections.sender_directory import SenderRow


@strawberry.type(description="A WhatsApp number of the firm.")
class SenderNumber(Node):
    """A row of the sender directory, without anything secret."""

    display_phone: str = strawberry.field(description="The firm's own public phone number.")
    is_paused: bool = strawberry.field(description="Whether nothing is sent from it for now.")
    pause_reason: str | None = strawberry.field(description="Why nothing is sent, if so.")


def sender_number(row: SenderRow) -> SenderNumber:
    """Return a number of the directory."""
    return SenderNumber(
        id=global_id("SenderNumber", row.sender_number_id),
        display_phone=row.display_phone,
        is_paused=row.paused or row.tenant_suspended,
        pause_reason=row.pause_reason,
    )
