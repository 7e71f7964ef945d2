"""One trace per message: across webhook, follower, job, send and subscription (W3C Trace Context).

With no exporter configured nothing is recorded; only the `traceparent` text is passed on, so that
logs and events of one story still share a trace id.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from infrastructure.random_bytes import random_bytes

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

current_traceparent: ContextVar[str | None] = ContextVar("current_traceparent", default=None)
"""The traceparent of what runs now; logs take the trace id from it."""

_tracer: "Tracer | None" = None


def configure_tracing(service: str, otlp_endpoint: str) -> None:
    """Send spans of this process to an OTLP/HTTP endpoint; an empty endpoint leaves tracing off."""
    global _tracer  # noqa: PLW0603 - one tracer per process, set once at start
    if not otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"lawyers-hub-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp_endpoint)))
    _tracer = provider.get_tracer("lawyers-hub")


def use_tracer(tracer: "Tracer | None") -> None:
    """Record spans with `tracer` (None: off). For processes that bring their own provider."""
    global _tracer  # noqa: PLW0603 - one tracer per process
    _tracer = tracer


def new_traceparent() -> str:
    """Return the traceparent of a new, sampled trace."""
    random = random_bytes(24).hex()
    return f"00-{random[:32]}-{random[32:]}-01"


def trace_id_of(traceparent: str | None) -> str | None:
    """Return the trace id of a traceparent, or None if it is not one."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return None if found is None else found[1]


@contextmanager
def span(
    name: str, parent: str | None = None, attributes: dict[str, str | int] | None = None
) -> Iterator[str]:
    """Run the block as a span below `parent` (or below the current one) and yield its traceparent.

    A `parent` that is no traceparent is ignored: it may come from outside, and what is yielded is
    kept with events. `attributes` must not hold personal content: ids, counts and kinds only.
    """
    above = parent if trace_id_of(parent) else current_traceparent.get()
    if _tracer is None:
        traceparent = above or new_traceparent()
        token = current_traceparent.set(traceparent)
        try:
            yield traceparent
        finally:
            current_traceparent.reset(token)
        return
    with _recorded_span(_tracer, name, above, attributes) as traceparent:
        yield traceparent


@contextmanager
def _recorded_span(
    tracer: "Tracer", name: str, above: str | None, attributes: dict[str, str | int] | None
) -> Iterator[str]:
    from opentelemetry.trace import Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    propagator = TraceContextTextMapPropagator()
    context = propagator.extract({"traceparent": above}) if above else None
    with tracer.start_as_current_span(
        name,
        context=context,
        attributes=attributes,
        # The text of an exception quotes values, and values may be personal: its class will do.
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        carrier: dict[str, str] = {}
        propagator.inject(carrier)
        traceparent = carrier["traceparent"]
        token = current_traceparent.set(traceparent)
        try:
            yield traceparent
        except Exception as error:
            recorded.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            current_traceparent.reset(token)
