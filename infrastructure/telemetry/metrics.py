"""Every metric of the hub, written out (Prometheus).

All processes of one machine share a folder (`metrics_folder.use_metrics_folder`), so `/metrics` of
the HTTP server shows them together. Queue names are those of the standard event contract; labels
hold ids and kinds, never content.
"""

import os
from typing import Final

from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from infrastructure.telemetry.metrics_folder import FOLDER_VARIABLE, process_identifier

if os.environ.get(FOLDER_VARIABLE):
    # The library asks the system for the number with every count, which costs more than counting.
    values.ValueClass = values.MultiProcessValue(process_identifier)  # type: ignore[no-untyped-call]

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SLOW = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

WEBHOOK_ACK_SECONDS = Histogram(
    "hub_webhook_ack_seconds", "From the last byte of a webhook to its answer", buckets=_FAST
)
WEBHOOK_REQUESTS = Counter("hub_webhook_requests", "Webhooks by answer", ["status"])
WEBHOOK_IGNORED = Counter(
    "hub_webhook_ignored", "Accepted webhooks with nothing to record", ["reason"]
)

QUEUE_WAITING = Gauge(
    "hub_queue_waiting", "Items that wait", ["queue", "tenant"], multiprocess_mode="mostrecent"
)
QUEUE_ACTIVE = Gauge(
    "hub_queue_active",
    "Items that are worked on",
    ["queue", "tenant"],
    multiprocess_mode="mostrecent",
)
QUEUE_DURATION_SECONDS = Histogram(
    "hub_queue_duration_seconds", "Work on one item", ["queue", "job"], buckets=_SLOW
)
QUEUE_FAILED = Counter("hub_queue_failed", "Failed runs of one item", ["queue", "job", "reason"])
OUTBOX_OLDEST_DUE_SECONDS = Gauge(
    "hub_outbox_oldest_due_seconds",
    "Age of the oldest due message; scale workers on it",
    multiprocess_mode="mostrecent",
)

LANE_OLDEST_DUE_SECONDS = Gauge(
    "hub_lane_oldest_due_seconds",
    "Age of the oldest due message of a sender number, those that wait longest",
    ["sender_number"],
    multiprocess_mode="mostrecent",
)

FOLLOWER_LAG_EVENTS = Gauge(
    "hub_follower_lag_events", "Events not yet handled", ["unit"], multiprocess_mode="mostrecent"
)
FOLLOWER_PARKED = Gauge(
    "hub_follower_parked",
    "1 when the unit waits for a person",
    ["unit"],
    multiprocess_mode="mostrecent",
)
FOLLOWER_EVENTS = Counter("hub_follower_events", "Events handled", ["unit"])
POLICY_REFUSALS = Counter(
    "hub_policy_refusals", "Commands of policies that the domain refused", ["policy", "code"]
)
INGEST_UPDATES = Counter("hub_ingest_updates", "Parts of webhooks by outcome", ["kind", "outcome"])

ASSISTANT_CALLS = Counter(
    "hub_assistant_calls", "Calls of the assistant by outcome", ["task", "outcome"]
)
WEBHOOK_CALLS = Counter("hub_webhook_calls", "Calls to other systems by outcome", ["outcome"])
MEDIA_FILES = Counter("hub_media_files", "Received files by what became of them", ["outcome"])
SENDS = Counter("hub_sends", "Attempts to send by outcome", ["outcome"])
DEAD_LETTERS_OPEN = Gauge(
    "hub_dead_letters_open",
    "Things that were given up and wait for a person",
    ["kind"],
    multiprocess_mode="mostrecent",
)
QUARANTINE_HELD = Gauge(
    "hub_quarantine_held", "Parts of webhooks that are held back", multiprocess_mode="mostrecent"
)
MESSAGES_IN_DOUBT = Gauge(
    "hub_messages_in_doubt",
    "Messages whose answer was lost and that nothing has settled",
    multiprocess_mode="mostrecent",
)
QUEUE_OLDEST_DUE_SECONDS = Gauge(
    "hub_queue_oldest_due_seconds",
    "Age of the oldest item that is due, by queue; scale the workers of the queue on it",
    ["queue"],
    multiprocess_mode="mostrecent",
)
DEFECTS = Counter("hub_defects", "Failures of the hub's own code on one item", ["queue"])
CIRCUIT_TURNS = Counter(
    "hub_circuit_turns", "Circuit breakers that opened or closed", ["kind", "turn"]
)
CIRCUITS_OPEN = Gauge(
    "hub_circuits_open",
    "Circuit breakers that are open now",
    ["kind"],
    multiprocess_mode="mostrecent",
)

GRAPHQL_SECONDS = Histogram("hub_graphql_seconds", "One operation", ["kind"], buckets=_FAST)
GRAPHQL_ERRORS = Counter("hub_graphql_errors", "Errors in answers by code", ["code"])
SUBSCRIPTIONS = Gauge("hub_subscriptions", "Open subscriptions", multiprocess_mode="livesum")

STUCK: Final = {
    "hub_dead_letters_open": "dead-letters",
    "hub_defects": "dead-letters",
    "hub_quarantine_held": "quarantine-not-empty",
    "hub_follower_parked": "follower-parked",
    "hub_follower_lag_events": "follower-parked",
    "hub_messages_in_doubt": "message-in-doubt",
    "hub_circuits_open": "sending-stopped",
    "hub_outbox_oldest_due_seconds": "outbox-oldest-due-high",
    "hub_queue_oldest_due_seconds": "queue-oldest-due-high",
    "hub_lane_oldest_due_seconds": "outbox-oldest-due-high",
    "hub_webhook_calls": "webhook-endpoint-disabled",
    "hub_assistant_calls": "assistant-unavailable",
}
"""Metrics that say that something is stuck, and the runbook page that says what to do."""

CONTRACT_QUEUES: Final = {
    "wa.incoming.raw": "webhook_inbox and the ingest follower",
    "wa.incoming.normalized": "the policies follower",
    "wa.ai": "work items for the assistant",
    "wa.account": "work items on accounts at Meta: templates",
    "wa.media.processing": "work items for files",
    "wa.broadcast": "work items on whole broadcasts",
    "wa.outgoing.command": "the outbox",
}
"""Queue names of the commissioning documents and what they are here."""


def exposition() -> bytes:
    """Return all metrics of the hub's processes on this machine in the Prometheus text format."""
    if os.environ.get(FOLDER_VARIABLE):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(PROCESS_REGISTRY)
