"""PostgreSQL and Redis on this machine, started by the first user of a home, stopped by the last.

`keeper` is the one process per home that holds both servers; `lease` is how every other process
asks for them. Nothing here imports more than the standard library, so that the keeper stays small.
"""

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.lease import EmbeddedServers, embedded_servers

__all__ = ["EmbeddedServerError", "EmbeddedServers", "embedded_servers"]
