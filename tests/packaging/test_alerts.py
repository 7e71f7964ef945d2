"""Whoever is woken finds a page: each sign of something stuck has its alert and its runbook."""

import re
from typing import Final, NamedTuple

import pytest
from prometheus_client.metrics import MetricWrapperBase

from infrastructure.checkout import CHECKOUT
from infrastructure.telemetry import metrics

OPERATIONS: Final = (CHECKOUT / "docs" / "operations.md").read_text("utf-8")
RUNBOOKS: Final = CHECKOUT / "docs" / "runbooks"
_ROW: Final = re.compile(
    r"^\| (?P<signal>.+?) \| .+? \| \[.+?\]\(runbooks/(?P<page>.+?)\.md\) \|$", re.MULTILINE
)
_SIGNS: Final = re.compile(r"oldest|parked|lag|open|held|doubt|defects|dead|stuck")
"""Words in the name of a metric that tells of something stuck."""


class Alert(NamedTuple):
    """A row of the table of alerts."""

    signal: str
    page: str


ALERTS: Final = [Alert(row["signal"], row["page"]) for row in _ROW.finditer(OPERATIONS)]
NAMES: Final = {
    family.name
    for metric in vars(metrics).values()
    if isinstance(metric, MetricWrapperBase)
    for family in metric.describe()
}


def test_every_metric_that_tells_of_something_stuck_is_known_as_such() -> None:
    telling = {name for name in NAMES if _SIGNS.search(name)}
    assert telling <= set(metrics.STUCK)
    assert set(metrics.STUCK) <= NAMES


@pytest.mark.parametrize(("metric", "page"), metrics.STUCK.items())
def test_a_metric_that_tells_of_something_stuck_has_an_alert_that_leads_to_its_page(
    metric: str, page: str
) -> None:
    assert any(alert.page == page and metric in alert.signal for alert in ALERTS)
    assert metric in (RUNBOOKS / f"{page}.md").read_text("utf-8")


def test_every_alert_leads_to_a_page_that_is_there() -> None:
    assert len(ALERTS) > 10
    assert [alert for alert in ALERTS if not (RUNBOOKS / f"{alert.page}.md").exists()] == []
