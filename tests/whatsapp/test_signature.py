"""Only who holds the app secret can sign a notification."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.whatsapp.signature import AppSecret, sign, verify

BODY = b'{"object":"whatsapp_business_account"}'
CURRENT = AppSecret("app-1 current", "current-secret")
PREVIOUS = AppSecret("app-1 previous", "previous-secret")
FOREIGN = AppSecret("app-2", "foreign-secret")


def header_of(secret: str, body: bytes = BODY) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_the_secret_that_signed_is_named() -> None:
    assert verify(BODY, header_of("current-secret"), [CURRENT]) is CURRENT


@pytest.mark.parametrize(
    ("secret", "signer"), [("current-secret", CURRENT), ("previous-secret", PREVIOUS)]
)
def test_two_secrets_are_valid_during_a_rotation(secret: str, signer: AppSecret) -> None:
    assert verify(BODY, header_of(secret), [CURRENT, PREVIOUS]) is signer
    assert verify(BODY, header_of(secret), [PREVIOUS, CURRENT]) is signer


def test_every_secret_is_tried_even_after_a_match() -> None:
    tried: list[str] = []

    class CountedSecret(AppSecret):
        def digest_of(self, raw: bytes) -> str:
            tried.append(self.name)
            return super().digest_of(raw)

    secrets = [CountedSecret("a", "current-secret"), CountedSecret("b", "previous-secret")]
    assert verify(BODY, header_of("current-secret"), secrets) is secrets[0]
    assert tried == ["a", "b"]


def test_a_foreign_secret_is_refused() -> None:
    assert verify(BODY, sign(BODY, FOREIGN), [CURRENT, PREVIOUS]) is None


def test_without_a_secret_everything_is_refused() -> None:
    assert verify(BODY, header_of("current-secret"), []) is None


def test_one_changed_byte_of_the_body_is_noticed() -> None:
    header = header_of("current-secret")
    assert verify(BODY.replace(b"business", b"busyness"), header, [CURRENT]) is None


def test_the_bytes_on_the_wire_are_signed_and_not_their_meaning() -> None:
    escaped, plain = b'{"a":"\\u00e9\\/"}', '{"a":"é/"}'.encode()
    assert verify(escaped, header_of("current-secret", escaped), [CURRENT]) is CURRENT
    assert verify(plain, header_of("current-secret", escaped), [CURRENT]) is None


GOOD = header_of("current-secret")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        GOOD.removeprefix("sha256="),
        GOOD.replace("sha256=", "sha1=aa"),
        GOOD.replace("sha256=", "SHA256="),
        "sha256=" + GOOD.removeprefix("sha256=").upper(),
        GOOD[:-1],
        GOOD + "0",
        GOOD + " ",
        " " + GOOD,
        f"{GOOD},{GOOD}",
        GOOD[:-1] + "g",
        GOOD[:-1] + "é",
        GOOD[:-1] + "\0",
        GOOD[:-1] + "\ud800",
        "sha256=" + "٠" * 64,
        "x" * 1_000_000,
    ],
)
def test_a_header_of_another_shape_is_refused(header: str | None) -> None:
    assert verify(BODY, header, [CURRENT, PREVIOUS]) is None


@given(header=st.text(), body=st.binary())
def test_no_header_raises(header: str, body: bytes) -> None:
    assert verify(body, header, [CURRENT]) is None


@given(body=st.binary())
def test_what_is_signed_is_verified(body: bytes) -> None:
    assert verify(body, sign(body, PREVIOUS), [CURRENT, PREVIOUS]) is PREVIOUS


@pytest.mark.parametrize("key", ["", b""], ids=["text", "bytes"])
def test_an_empty_secret_cannot_be_made(key: str | bytes) -> None:
    with pytest.raises(ValueError, match="app secret cannot be empty"):
        AppSecret("app-1", key)


def test_a_secret_never_shows() -> None:
    assert "current-secret" not in f"{CURRENT!r} {CURRENT} {[CURRENT]}"
