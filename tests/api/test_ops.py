from infrastructure.embedded import EmbeddedServers
from tests.api.firm import Firm
from tests.api.stack import Stack, served
from tests.waiting import until


def test_a_live_process_says_so(stack: Stack) -> None:
    answer = stack.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_ready_process_names_what_it_depends_on(stack: Stack) -> None:
    def redis() -> str:
        state: str = stack.client.get("/readyz").json()["dependencies"]["redis"]
        return state

    until(lambda: redis() == "ok", "Redis is listened to")
    answer = stack.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "dependencies": {"postgresql": "ok", "read_models": "ok", "redis": "ok"},
    }


def test_a_process_without_redis_is_ready_and_says_what_is_missing(
    stack: Stack, servers: EmbeddedServers
) -> None:
    with served(stack.store, "redis://127.0.0.1:1") as port:
        answer = stack.client.get(f"http://127.0.0.1:{port}/readyz")
    assert answer.status_code == 200
    assert "does not answer" in answer.json()["dependencies"]["redis"]


def test_metrics_count_webhooks_and_operations_without_personal_content(
    stack: Stack, firm: Firm
) -> None:
    story = firm.consultation("Rahasia ukuran")
    stack.data(firm.lawyer, "{ viewer { role } }")
    text = stack.client.get("/metrics").text
    assert "hub_webhook_ack_seconds_bucket" in text
    assert 'hub_graphql_seconds_count{kind="query"}' in text
    for secret in ("Rahasia", story.phone, story.name, firm.lawyer):
        assert secret not in text


def test_nothing_else_is_served(stack: Stack) -> None:
    for path in ("/", "/docs", "/openapi.json", "/graphql/x", "/webhooks"):
        assert stack.client.get(path).status_code == 404
