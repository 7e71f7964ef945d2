"""Ports: whether one can be used, and whether a hub answers on it."""

from infrastructure.supervision.readiness import answers_ready, port_problem


def test_a_free_port_is_no_problem(free_port: int) -> None:
    assert port_problem("127.0.0.1", free_port) == ""


def test_a_taken_port_is_named_with_the_way_out(taken_port: int) -> None:
    problem = port_problem("127.0.0.1", taken_port)
    assert f"Port {taken_port} on 127.0.0.1 cannot be used" in problem
    assert f"HUB_PORT={taken_port + 1}" in problem


def test_nothing_is_ready_where_nothing_listens(free_port: int) -> None:
    assert not answers_ready("127.0.0.1", free_port)
