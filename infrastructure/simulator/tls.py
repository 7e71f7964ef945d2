"""The TLS settings that all HTTP clients of the simulator share."""

import functools
import ssl


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Trusts the usual authorities. Made once: reading them takes tens of milliseconds."""
    return ssl.create_default_context()
