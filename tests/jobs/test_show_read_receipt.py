"""That a message was read is shown to the contact once, also when the list of work is behind."""

from domain.effects import ShowReadReceipt
from domain.read_receipt import ReadReceiptShown, RequestReadReceipt, receipt_id_of
from jobs.runtime import SendRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import TENANT
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, SENDER_ID
from tests.jobs.conftest import ScriptedReceipts
from tests.jobs.stored_story import StoredStory


def test_a_receipt_is_not_shown_again_before_the_list_of_work_knows_that_it_was(
    story: StoredStory, sending: SendRuntime
) -> None:
    message = story.writes("Selamat pagi")
    receipt_id = receipt_id_of(message.message_id)
    story.handle(
        RequestReadReceipt(
            receipt_id=receipt_id,
            conversation_id=CONVERSATION_ID,
            contact_id=CONTACT_ID,
            sender_number_id=SENDER_ID,
            message_id=message.message_id,
        )
    )
    story.catch_up()
    for _ in range(2):
        perform_work_item(WORK_KINDS, sending, TENANT, ShowReadReceipt.NAME, str(receipt_id))
    assert isinstance(sending.receipts, ScriptedReceipts)
    assert len(sending.receipts.calls) == 1
    assert isinstance(story.journal.load(TENANT, receipt_id)[-1].event, ReadReceiptShown)
