"""Metrics as an operator's Prometheus reads them from a hub at work."""

from collections import defaultdict
from typing import NamedTuple

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infrastructure.simulator import SimulatorClient
from infrastructure.telemetry.metrics import CONTRACT_QUEUES
from jobs.table import JOBS
from projections import PROJECTIONS
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage
from tests.waiting import until


class Sample(NamedTuple):
    """One value with its labels."""

    labels: dict[str, str]
    value: float


Samples = dict[str, list[Sample]]


def scraped(stage: Stage) -> Samples:
    """Everything that `/metrics` shows, by name."""
    answer = httpx.get(f"{stage.base_url}/metrics", trust_env=False)
    samples: Samples = defaultdict(list)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            samples[sample.name].append(Sample(sample.labels, sample.value))
    return samples


def values_of(samples: Samples, name: str, label: str) -> set[str]:
    return {sample.labels[label] for sample in samples[name] if sample.value > 0}


def total(samples: Samples, name: str, **labels: str) -> float:
    return sum(s.value for s in samples[name] if labels.items() <= s.labels.items())


@pytest.fixture
async def story(stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk) -> None:
    ratna = await Person.meet(stage, simulator, firm, "Ratna Wulandari")
    await ratna.completes_the_intake()
    await lawyer.assessed("Ratna Wulandari")
    stage.rests()


def test_acknowledged_webhooks_are_counted_and_timed(stage: Stage, story: None) -> None:
    samples = scraped(stage)
    answered = total(samples, "hub_webhook_requests_total", status="200")
    assert answered >= 4
    assert total(samples, "hub_webhook_ack_seconds_count") == answered


def test_every_follower_shows_its_lag_and_that_it_is_not_parked(stage: Stage, story: None) -> None:
    units = {"ingest", "policies", *(projection.name for projection in PROJECTIONS)}

    behind = set(units)

    def have_caught_up() -> bool:
        lags = scraped(stage)["hub_follower_lag_events"]
        behind.difference_update(each.labels["unit"] for each in lags if not each.value)
        return not behind

    until(have_caught_up, "every follower has caught up")
    assert not values_of(scraped(stage), "hub_follower_parked", "unit")
    counted = values_of(scraped(stage), "hub_follower_events_total", "unit")
    assert {"ingest", "policies", "inbox", "timeline", "outbox", "work_items"} <= counted


def test_queues_are_shown_under_the_names_of_the_standard_contract(
    stage: Stage, story: None
) -> None:
    def shown() -> set[str]:
        return {each.labels["queue"] for each in scraped(stage)["hub_queue_waiting"]}

    until(lambda: "wa.incoming.raw" in shown(), "the schedule has looked at the queues")
    assert shown() <= set(CONTRACT_QUEUES)
    carried_out = {"wa.ai", "wa.outgoing.command"}

    def timed() -> set[str]:
        return values_of(scraped(stage), "hub_queue_duration_seconds_count", "queue")

    until(lambda: carried_out <= timed(), "the runs are over")
    assert timed() <= {entry.contract_queue for entry in JOBS.values()}
    assert {entry.contract_queue for entry in JOBS.values()} <= set(CONTRACT_QUEUES)


def test_what_the_assistant_and_the_sender_did_is_counted_by_outcome(
    stage: Stage, story: None
) -> None:
    samples = scraped(stage)
    assert total(samples, "hub_assistant_calls_total", outcome="done") >= 3
    assert total(samples, "hub_sends_total", outcome="accepted") >= 4
    assert total(samples, "hub_graphql_seconds_count", kind="query") >= 1
