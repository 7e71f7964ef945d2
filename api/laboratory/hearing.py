"""The hearing after a course: what the load, the phones and the others know, beside the store."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from psycopg import Connection

from api.laboratory.evidence import gather
from api.laboratory.judgement import violations_of_sending
from api.laboratory.site import CrashSite
from api.laboratory.work_evidence import gather_work
from api.laboratory.work_judgement import (
    violations_of_broadcasts,
    violations_of_calls,
    violations_of_files,
)
from infrastructure.laboratory.broadcaster import Broadcaster
from infrastructure.laboratory.journal import LoadJournal
from infrastructure.laboratory.kill_rounds import judge
from infrastructure.laboratory.replies import Lawyer
from infrastructure.laboratory.visitors import Reception, file_of, number_of
from infrastructure.laboratory.webhook_load import LoadResult
from infrastructure.media.object_store import ObjectStore
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.simulator.journal import InboundRecord, SendRecord
from infrastructure.wiring import Store, open_store
from projections import PROJECTIONS
from projections.rebuild import NothingToCompare, verify

if TYPE_CHECKING:
    from api.laboratory.course import Result

FILE: Final = "document"


class Hearing:
    """Judges one course."""

    def __init__(
        self,
        crash: CrashSite,
        journal: LoadJournal,
        reception: Reception,
        lawyer: Lawyer,
        broadcaster: Broadcaster,
    ) -> None:
        self._crash = crash
        self._journal = journal
        self._visitors = reception.visitors
        self._replies = lawyer.replies
        self._broadcasts = broadcaster.broadcasts

    async def judge(self, result: "Result", load: LoadResult) -> None:
        """Write the violations and the counts into the result."""
        sends = await self._crash.simulator.sends()
        inbound = await self._crash.simulator.inbound()
        # Nothing is outstanding, so the hub has answered 200 for what people wrote as well.
        wamids = [message.wamid for message in inbound]
        self._journal.note_sent(wamids)
        self._journal.note_acknowledged(wamids)
        await asyncio.to_thread(self._look, result, load, sends, inbound)
        result.violations += await asyncio.to_thread(self._read_models)
        result.acknowledged = len(self._journal.acknowledged)
        result.visitors = len(self._visitors.agreed)
        result.opted_out = len(self._visitors.opted_out)
        result.replies_taken = len(self._replies.taken)
        result.replies_refused = len(self._replies.refused)
        result.broadcasts = len(self._broadcasts.approved)
        result.calls = len(sends)

    def _look(
        self,
        result: "Result",
        load: LoadResult,
        sends: Sequence[SendRecord],
        inbound: Sequence[InboundRecord],
    ) -> None:
        crash = self._crash
        with (
            open_store(
                crash.settings, crash.database_url, DatabaseRole.FOLLOW, connections_max=2
            ) as store,
            crash.looking() as connection,
        ):
            evidence = gather(connection, crash.firm.tenant_id)
            result.violations += violations_of_sending(
                evidence,
                sends,
                replies_taken=len(self._replies.taken),
                waiting=_waiting(connection),
            )
            result.in_doubt = sum(s.state == "in_doubt" for s in evidence.messages.values())
            result.violations += _parked(connection)
            result.violations += self._webhooks(connection, store, load)
            objects = ObjectStore(crash.settings.media_store_url, crash.settings.home)
            work = gather_work(connection, store.vault, objects, crash.firm.tenant_id)
            files = self._files(store, inbound)
            result.files = len(files)
            result.violations += violations_of_files(files, work.files)
            result.violations += violations_of_broadcasts(
                work,
                evidence,
                approved=self._broadcasts.approved,
                phones=_on_phones(sends, self._broadcasts.approved),
            )
            result.broadcast_messages = sum(len(s.messages) for s in work.broadcasts.values())
        taken = crash.other_system.taken()
        result.told, result.told_again = len(taken), sum(taken.values()) - len(taken)
        result.violations += violations_of_calls(work.to_tell, taken, crash.other_system.changed())

    def _files(self, store: Store, inbound: Sequence[InboundRecord]) -> Mapping[UUID, bytes]:
        """The files that people sent, by the message that brought them."""
        number_id = self._crash.target.phone_number_id
        return {
            store.vault.digest_id(
                self._crash.firm.tenant_id, "message", f"{number_id}\n{record.wamid}".encode()
            ): file_of(number_of(record.message[FILE]["filename"]))
            for record in inbound
            if record.type == FILE
        }

    def _webhooks(
        self, connection: Connection[Any], store: Store, load: LoadResult
    ) -> Sequence[str]:
        crash = self._crash
        verdict = judge(
            connection,
            store.vault,
            crash.firm.tenant_id,
            crash.target,
            self._journal,
            {},
            load,
        )
        found = []
        if verdict.lost:
            found.append(f"{verdict.lost} acknowledged messages were lost.")
        if verdict.doubled:
            found.append(f"{verdict.doubled} messages were stored more than once.")
        return found

    def _read_models(self) -> Sequence[str]:
        found = []
        for projection in PROJECTIONS:
            try:
                compared = verify(projection, self._crash.connect)
            except NothingToCompare as error:
                found.append(error.message)
                continue
            if not compared.is_equal:
                found.append(f"The read model {projection.name} differs from its rebuild.")
        return found


def _on_phones(sends: Sequence[SendRecord], words: Mapping[str, int]) -> Counter[str]:
    """How often the words of a broadcast lie on a phone."""
    return Counter(
        f"{send.text!r} ({send.person})"
        for send in sends
        if send.outcome == "accepted" and send.text in words
    )


def _waiting(connection: Connection[Any]) -> set[UUID]:
    rows = connection.execute(
        "SELECT outbound_message_id FROM read_model.outbox "
        "WHERE state = 'due' AND due_at > clock_timestamp()"
    ).fetchall()
    return {row[0] for row in rows}


def _parked(connection: Connection[Any]) -> Sequence[str]:
    rows = connection.execute(
        "SELECT name FROM read_model.follower_position WHERE parked_reason IS NOT NULL"
    ).fetchall()
    return [f"The follower {name} is parked." for (name,) in rows]
