"""An owner decides how long files of intakes are kept that went nowhere; everybody sees it."""

from domain.scopes import Role
from tests.api.test_mutations import Desk, desk

__all__ = ["desk"]

SET = """
mutation Set($input: SetMediaRetentionInput!) {
  setMediaRetention(input: $input) { mediaRetention { days isOwn } userErrors { code field } }
}
"""
SHOWN = "{ mediaRetention { days isOwn } }"


def test_an_owner_sets_the_period_and_gives_it_back(desk: Desk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    assert desk.stack.data(owner, SHOWN)["mediaRetention"] == {"days": 30, "isOwn": False}
    payload = desk.run(SET, token=owner, days=90, reason="Kode etik")
    assert payload == {"mediaRetention": {"days": 90, "isOwn": True}, "userErrors": []}
    assert desk.stack.data(desk.firm.lawyer, SHOWN)["mediaRetention"]["days"] == 90
    payload = desk.run(SET, token=owner, days=None, reason="Kembali ke ketentuan umum")
    assert payload["mediaRetention"] == {"days": 30, "isOwn": False}


def test_a_period_that_makes_no_sense_is_refused_with_its_field(desk: Desk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    (error,) = desk.run(SET, token=owner, days=0, reason="Kode etik")["userErrors"]
    assert error == {"code": "INVALID_INPUT", "field": ["input", "days"]}
    (error,) = desk.run(SET, token=owner, days=9, reason=" ")["userErrors"]
    assert error == {"code": "INVALID_INPUT", "field": ["input", "reason"]}
