"""Spans: one trace for one story, nothing personal in them, nothing but text when they are off."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from infrastructure.telemetry.tracing import (
    current_traceparent,
    new_traceparent,
    span,
    trace_id_of,
    use_tracer,
)

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NO_TRACEPARENTS = [
    "",
    "Ratna +6281234567890",
    "x" * 55,
    PARENT.upper(),
    PARENT + "\n",
    PARENT.replace("00-", "ff-", 1),
    "00-" + "0" * 32 + "-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
]


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use_tracer(provider.get_tracer("tests"))
    yield exporter
    use_tracer(None)
    provider.shutdown()


def test_a_new_traceparent_names_a_trace_of_its_own() -> None:
    first, second = new_traceparent(), new_traceparent()
    assert trace_id_of(first) != trace_id_of(second)
    assert first.endswith("-01")


@pytest.mark.parametrize("text", NO_TRACEPARENTS)
def test_what_is_no_traceparent_names_no_trace(text: str) -> None:
    assert trace_id_of(text) is None


@pytest.mark.parametrize("text", NO_TRACEPARENTS)
def test_a_parent_from_outside_that_is_no_traceparent_is_not_passed_on(text: str) -> None:
    with span("a request", text) as traceparent:
        assert trace_id_of(traceparent)
        assert text not in {traceparent, current_traceparent.get()}


def test_switched_off_the_parent_is_passed_on_as_it_is() -> None:
    with span("outer", PARENT) as outer, span("inner") as inner:
        assert (outer, inner) == (PARENT, PARENT)
    assert current_traceparent.get() is None


def test_a_span_stands_below_its_parent_and_above_what_runs_in_it(
    recorded: InMemorySpanExporter,
) -> None:
    with span("outer", PARENT), span("inner"):
        pass
    inner, outer = recorded.get_finished_spans()
    assert outer.parent is not None
    assert inner.parent is not None
    assert outer.context is not None
    assert f"{outer.parent.span_id:016x}" == PARENT[36:52]
    assert inner.parent.span_id == outer.context.span_id
    assert {f"{one.context.trace_id:032x}" for one in (inner, outer) if one.context} == {
        PARENT[3:35]
    }


def test_a_failed_span_tells_the_class_of_the_error_and_none_of_its_words(
    recorded: InMemorySpanExporter,
) -> None:
    with pytest.raises(ValueError, match="8123"), span("work"):
        raise ValueError("Key (phone)=(+628123456789) exists")
    (one,) = recorded.get_finished_spans()
    assert not one.status.is_ok
    assert one.status.description == "ValueError"
    assert one.events == ()
    assert "628123456789" not in one.to_json()
