"""The sample notifications, posted signed to a running hub, and what the hub shows of them."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import httpx

from api.laboratory.rest import is_followed, is_ingested
from domain.identity import TenantId
from domain.ports.vault import Vault
from domain.scopes import Role
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import UnreadablePart
from jobs.followers.received import stream_id_of
from tests.journeys.meta import SAMPLE_NUMBER, SAMPLES
from tests.journeys.stage import Stage
from tests.waiting import until

_CONTENT: Final = """
content { text body { __typename ... on EditContent { wording { __typename } } }
  isForwarded isFrequentlyForwarded productId referral { sourceType } }
relation aboutMessage { id }
reactions { emoji isOfFirm } edits { isOfFirm } revocation { isOfFirm }
statuses { status }
"""
_CONVERSATIONS: Final = "{ conversations(first: 50) { nodes { id } } }"
_TIMELINE: Final = f"""
query($id: ID!, $after: Cursor) {{ conversation(id: $id) {{ timeline(first: 20, after: $after) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    __typename kind topic event {{ streamId }}
    ... on InboundMessage {{ arrival inGroup isUnderstood {_CONTENT} }}
    ... on EchoedMessage {{ arrival origin isUnderstood {_CONTENT} }}
    ... on CallEntry {{ summary }}
  }}
}} }} }}
"""
_NOTICES: Final = """
query($after: Cursor) { senderNumbers { nodes { notices(first: 50, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes { field word summary severity nextStep isRecognised }
} } } }
"""
_STANDING: Final = """
{ senderNumbers { nodes {
  standing { blocks { cause } restrictions { kind } messagesPerSecond dailyRecipientsMax
    isUnlimited isFlagged name nameDecision username usernameStatus }
  statusesOfOthers { status pricingType pricingCategory participant
    errors { code message nextStep } }
} } }
"""


class SampleFirm:
    """A firm whose number the samples name, without words of its own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        setup = stage.setup
        self.tenant_id: TenantId = setup.create_tenant("Kantor Hukum Contoh")
        setup.add_sender_number(
            self.tenant_id,
            waba_id=SAMPLE_NUMBER.waba_id,
            phone_number_id=SAMPLE_NUMBER.phone_number_id,
            display_phone=SAMPLE_NUMBER.display_phone,
            secrets=SAMPLES.secrets,
            app=SAMPLES.name,
            graph_url=stage.simulator_url,
        )
        member = setup.add_member(
            self.tenant_id, name="Sari", email="sari@contoh.example", role=Role.LAWYER
        )
        self._token = setup.issue_token(self.tenant_id, member, ttl_days=1).token
        until(self._is_followed, "the hub knows the firm")

    def post(self, bodies: Sequence[bytes]) -> list[int]:
        """Post bodies signed, as Meta does; returns the answers."""
        url = SAMPLES.callback(self.stage.base_url)
        answers = []
        with httpx.Client(timeout=60) as client:
            for body in bodies:
                digest = hmac.new(SAMPLES.app_secret.encode(), body, hashlib.sha256).hexdigest()
                headers = {
                    "content-type": "application/json",
                    "x-hub-signature-256": f"sha256={digest}",
                }
                answers.append(client.post(url, content=body, headers=headers).status_code)
        return answers

    def wait(self) -> None:
        """Wait until everything that was posted is taken in and shown."""
        until(self._is_ingested, "everything is taken in")
        until(self._is_followed, "everything is shown")

    def streams_of(self, body: bytes, vault: Vault) -> list[UUID]:
        """The streams that a body leads to."""
        return [
            stream_id_of(vault, self.tenant_id, update)
            for update in normalise(body).updates
            if not isinstance(update, UnreadablePart)
        ]

    def timeline(self) -> dict[UUID, dict[str, Any]]:
        """Every entry of every conversation, by the stream of its event."""
        found: dict[UUID, dict[str, Any]] = {}
        for one in self._ask(_CONVERSATIONS)["conversations"]["nodes"]:
            after = None
            while True:
                variables = {"id": one["id"], "after": after}
                page = self._ask(_TIMELINE, variables)["conversation"]["timeline"]
                found |= {UUID(node["event"]["streamId"]): node for node in page["nodes"]}
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
        return found

    def notices(self) -> list[dict[str, Any]]:
        """The notices on the page of the number."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            (number,) = self._ask(_NOTICES, {"after": after})["senderNumbers"]["nodes"]
            found += number["notices"]["nodes"]
            if not number["notices"]["pageInfo"]["hasNextPage"]:
                return found
            after = number["notices"]["pageInfo"]["endCursor"]

    def number(self) -> dict[str, Any]:
        """The number with its standing and the statuses of messages that the hub never sent."""
        (number,) = self._ask(_STANDING)["senderNumbers"]["nodes"]
        return dict(number)

    def prices(self) -> list[dict[str, Any]]:
        """What Meta priced the messages of the year as."""
        query = """{ priceSums(firstMonth: "2026-01", lastMonth: "2026-12") {
            month category pricingType messages delivered } }"""
        return list(self._ask(query)["priceSums"])

    def _ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        answer = httpx.post(
            f"{self.stage.base_url}/graphql",
            json={"query": query, "variables": variables or {}},
            headers={"authorization": f"Bearer {self._token}"},
            timeout=60,
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def _is_ingested(self) -> bool:
        with self.stage.looking() as connection:
            return is_ingested(connection)

    def _is_followed(self) -> bool:
        with self.stage.looking() as connection:
            return is_followed(connection)
