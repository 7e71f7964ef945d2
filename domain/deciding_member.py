"""Who decides: only a member of the firm does."""

from uuid import UUID

from domain.errors import HumanRequired
from domain.identity import MemberId
from domain.provenance import Actor, ActorKind


def deciding_member(actor: Actor) -> MemberId:
    """Return the member who decides. Raises HumanRequired for every other kind of actor."""
    if actor.kind is not ActorKind.MEMBER:
        raise HumanRequired("Only a member of the firm decides what is sent to a contact.")
    try:
        return MemberId(UUID(actor.id))
    except ValueError:
        raise HumanRequired("The actor's id is not that of a member.") from None
