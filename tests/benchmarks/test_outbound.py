"""The instruments of `hub bench outbound`: what they count is what happened."""

import json
import urllib.request

from api.benchmarks.outbound.graph import GraphJournal, MeasuredGraph, measured_graph
from api.benchmarks.outbound.limits import most_in_a_second
from api.benchmarks.outbound.speed import compared


def post(graph: MeasuredGraph, callback: str) -> int:
    body = json.dumps({"biz_opaque_callback_data": callback}, separators=(",", ":")).encode()
    request = urllib.request.Request(f"{graph.url}/v26.0/1/messages", body)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_server_to_send_to_keeps_what_came_and_refuses_while_it_is_down() -> None:
    with measured_graph() as graph:
        assert post(graph, "one.1") == 200
        graph.tell("down")
        assert post(graph, "two.1") == 503
        graph.tell("up")
        journal = graph.journal()
    assert [callback for _, callback in journal.accepted] == ["one.1"]
    assert len(journal.refused) == 1


def test_lost_and_doubled_messages_are_counted() -> None:
    accepted = [(0.0, "a.1"), (0.1, "b.1"), (0.2, "b.2")]
    assert GraphJournal(accepted, []).wrong(3) == 2


def test_the_most_starts_of_any_second_are_found() -> None:
    assert most_in_a_second([0.0, 0.5, 0.9, 1.0, 1.4]) == 4
    assert most_in_a_second([0.0, 1.0, 2.0]) == 1


def test_without_a_peer_the_table_says_that_nothing_was_compared() -> None:
    figure = compared("outbound", 400.0, 50, None, target=1.0, must=0.9)
    assert figure.ok
    assert (figure.figure, figure.unit) == (400.0, "/s")
    assert "not measured" in figure.baseline
    assert not compared("outbound", 300.0, 50, 400.0, target=1.0, must=0.9).ok
