"""Templates on the screen: the list, the preview, and sending one as an approved message."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.graphql import template_enums
from api.graphql.ids import global_id, parsed_id
from domain import template as domain_template
from domain import template_components
from domain.contact import MarketingStopped
from domain.draft import DraftApproved, DraftProposed, DraftWritten
from domain.identity import template_id_of
from domain.outbound_message import OutboundRequested
from domain.scopes import Role
from domain.template import TemplateNote, TemplateStatus
from domain.template_body import TemplateBody
from domain.template_components import TemplateCategory
from domain.template_reports import NoteTemplateStatus
from domain.template_sync import TemplateSyncRequested
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.api.test_mutations import APPROVE, ONE_DAY, Desk
from tests.domain.templates import COMPONENTS, NAME

LIST = """
query($statuses: [TemplateStatus!], $first: PageSize, $after: Cursor) {
  templates(statuses: $statuses, first: $first, after: $after) {
    nodes { id name language status isUsable reason statusTitle pauseEndsAt quality category
      version contentState note { description rejection }
      words { header headerFormat body footer notUnderstood
        buttons { kind text url } variables { place name example } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
PREVIEW = """
query($template: ID!, $values: TemplateValuesInput!) {
  templatePreview(templateId: $template, values: $values) {
    header headerFormat text footer buttons { kind text target }
  }
}
"""
SEND = """
mutation($input: SendTemplateInput!) { sendTemplate(input: $input) {
  draft { id state version approvedContent { kind text header footer choices } }
  conversation { id } userErrors { code message field nextStep }
} }
"""
PROPOSE = """
mutation($input: ProposeTemplateInput!) { proposeTemplate(input: $input) {
  draft { id state version content { kind text } proposedBy { name } } userErrors { code }
} }
"""
SYNC = """
mutation($input: SyncTemplatesInput!) { syncTemplates(input: $input) {
  userErrors { code } streamPosition
} }
"""
VALUES: dict[str, Any] = {
    "header": {"text": {"name": "1", "text": "12/2026"}},
    "parameters": [{"name": "1", "text": "Ratna"}, {"name": "2", "text": "Jumat"}],
    "buttons": [{"place": 0, "value": "hadir"}, {"place": 1, "value": "pn-bandung"}],
}


class TemplateDesk(Desk):
    """A desk with templates in front of it."""

    def whose(self, name: str = NAME) -> dict[str, Any]:
        return {
            "template_id": template_id_of(self.firm.tenant_id, self.firm.waba_id, name, "id"),
            "tenant_id": self.firm.tenant_id,
            "waba_id": self.firm.waba_id,
            "name": name,
            "language": "id",
            "meta_template_id": "7",
            "reported_at": datetime.now(UTC),
        }

    def paused(self) -> None:
        self.firm.report(
            NoteTemplateStatus(
                **self.whose(),
                status=TemplateStatus.PAUSED,
                title="first_pause",
                note=TemplateNote(description="Paused for 3 hours."),
            )
        )

    def templates(self, token: str | None = None, **given: Any) -> list[dict[str, Any]]:
        data = self.stack.data(token or self.firm.lawyer, LIST, given)
        nodes: list[dict[str, Any]] = data["templates"]["nodes"]
        return nodes

    def template(self) -> str:
        found: str = self.templates()[0]["id"]
        return found

    def send(self, mutation: str = SEND, *, token: str | None = None, **given: object) -> Any:
        wish: dict[str, object] = {
            "conversationId": self.conversation,
            "templateId": self.template(),
            "values": VALUES,
            **given,
        }
        return self.run(mutation, token=token, **wish)


@pytest.fixture
def desk(stack: Stack, firm: Firm) -> TemplateDesk:
    firm.template(NAME, COMPONENTS)
    return TemplateDesk(stack, firm, firm.consultation())


def test_the_list_shows_what_a_lawyer_has_to_know(desk: TemplateDesk) -> None:
    (shown,) = desk.templates()
    assert (shown["name"], shown["language"], shown["status"]) == (NAME, "id", "APPROVED")
    assert (shown["quality"], shown["category"], shown["isUsable"]) == ("GREEN", "UTILITY", True)
    words = shown["words"]
    assert (words["header"], words["headerFormat"]) == ("Perkara {{1}}", "TEXT")
    assert words["buttons"][1] == {
        "kind": "URL",
        "text": "Peta",
        "url": "https://example.org/{{1}}",
    }
    assert [(each["place"], each["name"], each["example"]) for each in words["variables"]] == [
        ("HEADER", "1", "12/2026"),
        ("BODY", "1", "Ratna"),
        ("BODY", "2", "Jumat"),
        ("BUTTON", "1", "https://example.org/a"),
    ]


def test_a_pause_is_shown_with_its_end_and_metas_words(desk: TemplateDesk) -> None:
    desk.paused()
    (shown,) = desk.templates()
    assert (shown["status"], shown["isUsable"]) == ("PAUSED", False)
    assert shown["statusTitle"] == "first_pause"
    assert shown["note"] == {"description": "Paused for 3 hours.", "rejection": None}
    ends_at = datetime.fromisoformat(shown["pauseEndsAt"])
    assert timedelta(hours=2.9) < ends_at - datetime.now(UTC) <= timedelta(hours=3)


def test_the_list_has_pages_and_deleted_templates_only_when_asked_for(desk: TemplateDesk) -> None:
    for name in ("undangan", "salam"):
        desk.firm.template(name, COMPONENTS)
    desk.firm.report(NoteTemplateStatus(**desk.whose("salam"), status=TemplateStatus.DELETED))
    page = desk.stack.data(desk.firm.lawyer, LIST, {"first": 1})["templates"]
    after = page["pageInfo"]["endCursor"]
    assert [each["name"] for each in page["nodes"]] == [NAME]
    assert [each["name"] for each in desk.templates(after=after)] == ["undangan"]
    assert [each["name"] for each in desk.templates(statuses=["DELETED"])] == ["salam"]


def test_the_words_are_hidden_from_who_may_not_read_content(desk: TemplateDesk) -> None:
    (shown,) = desk.templates(desk.firm.tokens[Role.AUDITOR])
    assert (shown["name"], shown["words"], shown["contentState"]) == (NAME, None, "HIDDEN")


def test_a_preview_is_what_the_contact_will_see(desk: TemplateDesk) -> None:
    variables = {"template": desk.template(), "values": VALUES}
    preview = desk.stack.data(desk.firm.lawyer, PREVIEW, variables)["templatePreview"]
    assert preview == {
        "header": "Perkara 12/2026",
        "headerFormat": "TEXT",
        "text": "Yth. Ratna, sidang pada Jumat pagi.",
        "footer": "Kantor Hukum Contoh",
        "buttons": [
            {"kind": "QUICK_REPLY", "text": "Saya hadir", "target": None},
            {"kind": "URL", "text": "Peta", "target": "https://example.org/pn-bandung"},
        ],
    }


def test_a_preview_names_the_value_that_is_wrong(desk: TemplateDesk) -> None:
    wrong = {**VALUES, "parameters": [VALUES["parameters"][0], {"name": "2", "text": "a\nb"}]}
    variables = {"template": desk.template(), "values": wrong}
    error = desk.stack.error(desk.firm.lawyer, PREVIEW, variables)
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert "line break" in error["message"]


def test_a_chosen_template_is_approved_words_also_outside_the_window(
    stack: Stack, firm: Firm
) -> None:
    firm.template(NAME, COMPONENTS)
    firm.moment -= ONE_DAY
    desk = TemplateDesk(stack, firm, firm.consultation())
    reply = "mutation($input: SendReplyInput!) { sendReply(input: $input) { userErrors { code } } }"
    refused = desk.run(reply, conversationId=desk.conversation, text="Halo")
    assert refused["userErrors"] == [{"code": "SERVICE_WINDOW_CLOSED"}]
    payload = desk.send()
    assert payload["userErrors"] == []
    assert payload["draft"]["state"] == "APPROVED"
    assert payload["draft"]["approvedContent"] == {
        "kind": "TEMPLATE",
        "text": "Yth. Ratna, sidang pada Jumat pagi.",
        "header": "Perkara 12/2026",
        "footer": "Kantor Hukum Contoh",
        "choices": ["Saya hadir", "Peta"],
    }


def test_the_same_wish_again_sends_nothing_more(desk: TemplateDesk) -> None:
    first = desk.send(idempotencyKey="once")
    desk.paused()
    second = desk.send(idempotencyKey="once")
    assert second["draft"]["id"] == first["draft"]["id"]
    assert second["userErrors"] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, ["input", "values", "parameters"]),
        ({**VALUES, "header": None}, ["input", "values", "header"]),
        ({**VALUES, "header": {}}, ["input", "values", "header"]),
        ({**VALUES, "buttons": []}, ["input", "values", "buttons"]),
        (
            {**VALUES, "buttons": [{"place": 7, "value": "x"}, *VALUES["buttons"]]},
            ["input", "values", "buttons", "0"],
        ),
    ],
)
def test_what_meta_would_refuse_is_named_before_anything_is_sent(
    desk: TemplateDesk, values: dict[str, Any], field: list[str]
) -> None:
    (error,) = desk.send(values=values)["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)


def test_a_template_that_meta_does_not_send_is_refused_at_once(desk: TemplateDesk) -> None:
    desk.paused()
    (error,) = desk.send()["userErrors"]
    assert error["code"] == "TEMPLATE_PAUSED"
    assert error["nextStep"]


def test_marketing_to_a_contact_that_wants_none_is_refused_at_once(desk: TemplateDesk) -> None:
    assert desk.send()["userErrors"] == []
    promotion = desk.firm.template("promosi", COMPONENTS, category=TemplateCategory.MARKETING)
    stopped = MarketingStopped(
        contact_id=desk.story.contact_id,
        decided_at=desk.stack.store.clock.now(),
        source="user_preferences",
    )
    desk.firm.append_next(desk.story.contact_id, stopped)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    (error,) = desk.send(templateId=global_id("Template", promotion))["userErrors"]
    assert error["code"] == "MARKETING_STOPPED"


def test_a_template_that_was_paused_meanwhile_cannot_be_approved(desk: TemplateDesk) -> None:
    draft = desk.send(PROPOSE, token=desk.firm.tokens[Role.CS])["draft"]
    desk.paused()
    (error,) = desk.run(APPROVE, draftId=draft["id"])["userErrors"]
    assert error["code"] == "TEMPLATE_PAUSED"


def test_customer_service_proposes_and_a_lawyer_approves(desk: TemplateDesk) -> None:
    proposed = desk.send(PROPOSE, token=desk.firm.tokens[Role.CS])
    draft = proposed["draft"]
    assert draft["state"] == "SUGGESTED"
    assert draft["content"]["kind"] == "TEMPLATE"
    assert draft["proposedBy"]["name"] == f"cs of {desk.firm.name}"
    edited = desk.run(APPROVE, draftId=draft["id"], editedText="Lain")
    assert edited["userErrors"][0]["code"] == "INVALID_INPUT"
    approved = desk.run(APPROVE, draftId=draft["id"])
    assert approved["userErrors"] == []
    assert approved["draft"]["state"] == "APPROVED"
    history = "{ eventHistory(last: 3) { nodes { topic } } }"
    nodes = desk.stack.data(desk.firm.lawyer, history)["eventHistory"]["nodes"]
    expected = [DraftProposed.TOPIC, DraftApproved.TOPIC, OutboundRequested.TOPIC]
    assert [each["topic"] for each in nodes] == expected


def test_a_template_of_another_firm_looks_like_an_unknown_one(
    desk: TemplateDesk, other_firm: Firm
) -> None:
    template = desk.template()
    theirs = Desk(desk.stack, other_firm, other_firm.consultation())
    given: dict[str, Any] = {
        "conversationId": theirs.conversation,
        "templateId": template,
        "values": VALUES,
    }
    (error,) = theirs.run(SEND, **given)["userErrors"]
    assert error["code"] == "NOT_FOUND"
    variables = {"template": template, "values": VALUES}
    assert desk.stack.error(other_firm.lawyer, PREVIEW, variables)["extensions"]["code"] == (
        "NOT_FOUND"
    )


def test_a_sync_is_asked_for_once_per_key(desk: TemplateDesk) -> None:
    numbers = "{ senderNumbers { nodes { id } } }"
    data = desk.stack.data(desk.firm.lawyer, numbers)
    number = data["senderNumbers"]["nodes"][0]["id"]
    for _ in range(2):
        payload = desk.run(SYNC, senderNumberId=number, idempotencyKey="now")
        assert payload["userErrors"] == []
    filtered = """query($t: String) {
      eventHistory(last: 50, filter: {topic: $t}) { nodes { topic } } }"""
    found = desk.stack.data(desk.firm.lawyer, filtered, {"t": TemplateSyncRequested.TOPIC})
    assert len(found["eventHistory"]["nodes"]) == 1
    (error,) = desk.run(SYNC, senderNumberId=desk.conversation)["userErrors"]
    assert error["code"] == "INVALID_ID"


SUBMIT = """
mutation($input: SubmitTemplateInput!) { submitTemplate(input: $input) {
  userErrors { code field message } } }
"""
DELETE = """
mutation($input: DeleteTemplateInput!) { deleteTemplate(input: $input) { userErrors { code } } }
"""


def test_a_template_is_checked_by_metas_rules_before_it_is_submitted(desk: TemplateDesk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    numbers = "{ senderNumbers { nodes { id } } }"
    number = desk.stack.data(owner, numbers)["senderNumbers"]["nodes"][0]["id"]
    wish: dict[str, Any] = {
        "senderNumberId": number,
        "name": "undangan",
        "language": "id",
        "category": "UTILITY",
        "body": "{{1}}, mari rapat.",
        "examples": ["Ratna"],
    }
    (error,) = desk.run(SUBMIT, token=owner, **wish)["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["input", "body"])
    wish["body"] = "Yth. {{1}}, mari rapat."
    call = [{"kind": "PHONE_NUMBER", "text": "Telepon", "phoneNumber": "x"}]
    (error,) = desk.run(SUBMIT, token=owner, **wish, buttons=call)["userErrors"]
    assert error["field"] == ["input", "buttons", "0", "phoneNumber"]
    assert desk.run(SUBMIT, token=owner, **wish)["userErrors"] == []
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    query = "{ templates { nodes { name status submission words { body } } } }"
    shown = desk.stack.data(owner, query)["templates"]["nodes"]
    assert {
        "name": "undangan",
        "status": "UNKNOWN",
        "submission": "submit_requested",
        "words": None,
    } in shown


def test_a_template_is_deleted_by_an_owner(desk: TemplateDesk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    assert desk.run(DELETE, token=owner, templateId=desk.template())["userErrors"] == []
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    query = "{ templates { nodes { submission } } }"
    nodes = desk.stack.data(owner, query)["templates"]["nodes"]
    assert nodes == [{"submission": "delete_requested"}]
    (error,) = desk.run(DELETE, token=owner, templateId=desk.template(), expectedVersion=1)[
        "userErrors"
    ]
    assert error["code"] == "CONFLICT"


def test_the_approved_body_holds_what_the_contact_will_see(desk: TemplateDesk) -> None:
    payload = desk.send()
    draft_id = UUID(parsed_id(payload["draft"]["id"])[1])
    written, approved = desk.events_of(draft_id)
    assert isinstance(written.event, DraftWritten)
    assert isinstance(approved.event, DraftApproved)
    body = approved.event.content.body  # type: ignore[union-attr]
    assert isinstance(body, TemplateBody)
    assert body.text == "Yth. Ratna, sidang pada Jumat pagi."


@pytest.mark.parametrize(
    ("shown", "known"),
    [
        (template_enums.TemplateStatus, domain_template.TemplateStatus),
        (template_enums.TemplateQuality, domain_template.TemplateQuality),
        (template_enums.TemplateCategory, template_components.TemplateCategory),
        (template_enums.TemplateHeaderFormat, template_components.HeaderFormat),
        (template_enums.TemplateButtonKind, template_components.ButtonKind),
    ],
)
def test_enumerations_know_every_value_of_the_domain(shown: Any, known: Any) -> None:
    assert {member.value for member in shown} == {member.value for member in known}
