"""Which processes of a hub let others go first, where the machine has less to give than is asked.

A person waits for the server and for what is sent. Read models, and what is done about whole
broadcasts and files, may come a moment later. On a machine with time to spare nothing changes.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

PATIENT: Final = 5
"""Niceness of what keeps screens up to date: it gets about a quarter of the time beside a process
that is waited for, never nothing. A new message took 102 ms to the screens with 8, 89 ms with 4
(`hub bench end-to-end`, 99th percentile, same minutes)."""

BACKGROUND: Final = 12
"""Niceness of work that nobody looks at while it is done."""

_NICEST: Final = 19


def gives_way(process_id: int, niceness: int) -> bool:
    """Let a child that was just started be nicer than this process; False: ask again a bit later.

    Linux may weigh sessions against each other instead of processes (sched(7), autogroups), and
    every process of a hub leads a session of its own: the session is made nice too where that is
    so. The kernel takes one such wish in 100 ms.
    """
    # Only an administrator may make a process less nice than it was born.
    wanted = min(_NICEST, os.getpriority(os.PRIO_PROCESS, 0) + niceness)
    # A place where no process may be nice is none where the hub may not run.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process_id, wanted)
    try:
        Path(f"/proc/{process_id}/autogroup").write_text(str(wanted))
    except BlockingIOError:
        return False
    except OSError:
        # Another system, a container, or a process that ended: there is no such weight.
        pass
    return True
