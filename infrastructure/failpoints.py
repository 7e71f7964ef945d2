"""Named places between two effects, where the laboratory kills or holds a process.

A crash between a commit and the answer to it, or between a call and its record, is what everything
has to survive, and it never happens at a random moment. Outside the laboratory a failpoint does
nothing: only a process that was started with `HUB_LABORATORY` naming a folder looks there for its
orders.

An order is a file with the failpoint's name, `kill` or `hold SECONDS` in it. Whoever meets it first
takes it away and obeys, so that each order is carried out once, whatever starts again afterwards.
"""

import os
import signal
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

VARIABLE: Final = "HUB_LABORATORY"

CLOCK: Final = "clock"
"""A file of this name in the folder holds by how many seconds all clocks of the hub are wrong."""

_NO_ERROR: Final = timedelta()

_folder: Final = os.environ.get(VARIABLE)

FAILPOINTS: Final[Mapping[str, str]] = {
    "webhook.before_commit": "a webhook is verified and not stored",
    "webhook.after_commit": "a webhook is stored and not answered",
    "events.before_commit": "events are decided on and not stored",
    "events.after_commit": "events are stored, and who asked is not told",
    "follow.ingest.before_commit": "webhooks became events, the transaction is open",
    "follow.ingest.after_commit": "webhooks became events, and nobody was told",
    "follow.policies.before_commit": "policies reacted, the transaction is open",
    "follow.policies.after_commit": "policies reacted, and nobody was told",
    "follow.outbox.before_commit": "the outbox took events in, the transaction is open",
    "follow.outbox.after_commit": "the outbox took events in, and nobody was told",
    "follow.inbox.before_commit": "the inbox took events in, the transaction is open",
    "follow.inbox.after_commit": "the inbox took events in, and nobody was told",
    "follow.work_items.before_commit": "work became due, the transaction is open",
    "follow.work_items.after_commit": "work became due, and nobody was told",
    "follow.webhooks.before_commit": "rows for other systems are written, the transaction is open",
    "follow.webhooks.after_commit": "other systems are to be told, and nobody was told so",
    "schedule.before_ring": "work is due and its doorbell has not rung",
    "schedule.after_ring": "the doorbells have rung",
    "send.before_attempt_commit": "an attempt is admitted, the transaction is open",
    "send.after_attempt_commit": "an attempt is stored and not called",
    "send.before_call": "the lane is still ours, and the call begins",
    "send.after_call": "Meta has answered, and nothing is recorded",
    "send.before_outcome_commit": "an outcome is decided on and not stored",
    "send.after_outcome_commit": "an outcome is stored, and the lane does not know",
    "work.after_claim": "a piece of work is claimed and not begun",
    "work.before_finish": "a piece of work is recorded and still claimed",
    "work.after_finish": "a piece of work is finished, and RQ was not told",
    "media.after_download": "a file has come and was not looked into",
    "media.after_keep": "a file lies in the object store, and no event says so",
    "media.after_record": "a file is recorded, and its work still claimed",
    "plan.before_page_commit": "words of recipients are frozen, the transaction is open",
    "plan.after_page_commit": "words of recipients are frozen, and there is no plan",
    "plan.after_record": "a plan is recorded, and its work still claimed",
    "release.before_page_commit": "messages of a broadcast are asked for, the transaction is open",
    "release.after_page_commit": "messages of a broadcast are asked for, and no release says so",
    "release.after_record": "a release is recorded, and its work still claimed",
    "deliver.after_claim": "another system is to be told by us, and was not called",
    "deliver.after_call": "another system has answered, and nothing is recorded",
    "deliver.after_record": "a call is recorded, and the endpoint still ours",
}
"""Every failpoint, and what is true there."""

_PROCESSES: Final[Mapping[str, str]] = {
    "webhook": "serve",
    "events": "serve",
    "follow": "follow",
    "schedule": "schedule",
    "send": "outbound",
    "work": "assist",
    "media": "media",
    "plan": "bulk",
    "release": "bulk",
    "deliver": "deliver",
}


def process_at(name: str) -> str:
    """The process that comes to a failpoint most often."""
    return _PROCESSES[name.partition(".")[0]]


def failpoint(name: str) -> None:
    """Obey the laboratory's order for this place, if there is one."""
    if _folder is not None:
        _obey(Path(_folder) / name)


def _obey(order: Path) -> None:
    taken = order.with_name(f"{order.name}.taken-by-{os.getpid()}")
    try:
        order.rename(taken)
    except FileNotFoundError:
        return
    words = taken.read_text("ascii").split()
    if words[0] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(float(words[1]))


def clock_error() -> timedelta:
    """By how much the laboratory wants the clock to be wrong at present."""
    if _folder is None:
        return _NO_ERROR
    try:
        return timedelta(seconds=float((Path(_folder) / CLOCK).read_text("ascii")))
    except (FileNotFoundError, ValueError):
        return _NO_ERROR
