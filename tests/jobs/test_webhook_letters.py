"""An endpoint that stops answering is told to the firm, once, and what it missed is mended."""

from domain.dead_letter import (
    DeadLetterKind,
    DeadLetterOpened,
    DiscardDeadLetter,
    RetryDeadLetter,
    dead_letter_id_of,
)
from infrastructure.postgres.connections import tenant_session
from jobs.deliver_webhooks import DELAYS_S
from projections.dead_letter_queries import LetterFilter, ListedLetter, open_letters
from tests.jobs.other_system import OtherSystem
from tests.jobs.test_deliver_webhooks import erp, office
from tests.jobs.webhook_office import Office

__all__ = ["erp", "office"]


def letters(office: Office) -> list[ListedLetter]:
    wanted = LetterFilter(tenant_id=office.tenant_id, kind="webhook")
    with tenant_session(office.store.pool, office.tenant_id) as connection:
        return open_letters(wanted, limit=10).fetch(connection)


def given_up(office: Office, erp: OtherSystem) -> None:
    office.hear()
    erp.answers = [500] * (len(DELAYS_S) + 1)
    for _ in range(len(DELAYS_S) + 1):
        office.deliver()
        office.time_passes()


def test_what_could_not_be_told_is_a_letter_each_and_told_to_the_firm_once(
    office: Office, erp: OtherSystem
) -> None:
    endpoint_id, _ = office.add(erp.url)
    given_up(office, erp)
    given_up(office, erp)
    told = office.store.journal.load(office.tenant_id, dead_letter_id_of(endpoint_id))
    assert [type(record.event) for record in told] == [DeadLetterOpened]
    calls = len(erp.calls)
    office.follow()
    office.deliver()
    assert len(erp.calls) == calls
    first, second = letters(office)
    assert (first.cause, first.attempts) == ("http_500", len(DELAYS_S) + 1)
    assert {first.endpoint_id, second.endpoint_id} == {endpoint_id}
    kind = DeadLetterKind.WEBHOOK
    office.handle(
        RetryDeadLetter(
            dead_letter_id=dead_letter_id_of(first.item_id), item_id=first.item_id, kind=kind
        )
    )
    office.handle(
        DiscardDeadLetter(
            dead_letter_id=dead_letter_id_of(second.item_id),
            item_id=second.item_id,
            kind=kind,
            reason="not needed",
        )
    )
    assert letters(office) == []
    office.time_passes()
    office.deliver()
    assert sorted(row[0] for row in office.rows()) == ["delivered", "discarded"]
