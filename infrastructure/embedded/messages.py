"""What the keeper and its users say to each other.

A user sends one line, `{"servers": ["postgres", "redis"]}`, and gets one line: `{"urls": {...}}`
when they are ready or `{"error": "..."}`. It closes the connection to leave, or sends
`LEAVE_AT_ONCE` and waits until the keeper closes it: then the servers are stopped, unless somebody
else needs them.
"""

from typing import Final

LEAVE_AT_ONCE: Final = b"leave at once\n"

EXIT_ALREADY_KEPT: Final = 3
"""Exit status of a keeper that finds its home kept by another one."""
