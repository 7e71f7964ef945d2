import socket
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.destinations.address_rules import Reach, reach_of
from infrastructure.destinations.destination import (
    Destination,
    DestinationGuard,
    DestinationRefused,
    system_addresses,
)
from infrastructure.destinations.failures import CallFailed, CallFailure

PUBLIC = "157.240.22.5"


def answering(*addresses: str) -> Callable[[str, int], Iterable[str]]:
    return lambda _host, _port: addresses


def checked(url: str, *addresses: str, **options: Iterable[str]) -> Destination:
    return DestinationGuard(resolve=answering(*addresses), **options).resolved(url)


def test_a_public_https_address_may_be_called_at_the_addresses_that_were_checked() -> None:
    found = checked("https://erp.example.com/hook?a=1", PUBLIC, "2606:4700::1111", PUBLIC)
    assert found.addresses == (PUBLIC, "2606:4700::1111")
    assert (found.host, found.port) == ("erp.example.com", 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com/",
        "ftp://erp.example.com/",
        "file:///etc/passwd",
        "//erp.example.com/",
        "erp.example.com",
        "https://",
        "https:///x",
        "",
        " https://erp.example.com/",
        "https://erp.example.com/\r\nHost: x",
        "https://user:pass@erp.example.com/",
        "https://erp.example.com@10.0.0.1/",
        "https://erp.example.com/#part",
        "https://erp.example.com\\@10.0.0.1/",
        "https://erp.example.com:99999/",
        "https://[::1%25lo]/",
        "https://[::1/",
        "https://127.1/",
        "https://127.0.0.1.0x/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://256.1.1.1/",
        "https://-bad.example.com/",
        "https://a..example.com/",
        "https://" + "a" * 2100 + ".com/",
    ],
)
def test_an_address_of_another_form_is_refused_in_words(url: str) -> None:
    with pytest.raises(DestinationRefused) as refusal:
        checked(url, PUBLIC)
    assert refusal.value.next_step


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.1",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:10.0.0.1",),
        ("fe80::1%eth0",),
        ("0.0.0.0",),  # noqa: S104 - an address that must be refused
        (PUBLIC, "127.0.0.1"),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused(addresses: tuple[str, ...]) -> None:
    with pytest.raises(DestinationRefused):
        checked("https://erp.example.com/", *addresses)


@given(st.ip_addresses())
def test_an_address_is_called_only_if_it_is_public(address: object) -> None:
    may_be_called = reach_of(str(address)) is Reach.PUBLIC
    try:
        checked("https://erp.example.com/", str(address))
        was_allowed = True
    except DestinationRefused:
        was_allowed = False
    assert was_allowed is may_be_called


@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from(["d", "x", "o", "short"]))
def test_no_writing_of_an_ipv4_address_gets_around_the_rules(number: int, form: str) -> None:
    host = {
        "d": str(number),
        "x": hex(number),
        "o": f"0{number:o}",
        "short": f"{number >> 24}.{number & 0xFFFFFF}",
    }[form]
    try:
        found = DestinationGuard(resolve=system_addresses).resolved(f"https://{host}/")
    except DestinationRefused:
        return
    assert all(reach_of(address) is Reach.PUBLIC for address in found.addresses)


@given(st.text(max_size=60))
def test_every_text_is_accepted_or_refused_in_words(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/hook"):
        with suppress(DestinationRefused):
            assert DestinationGuard().read(url).host


def test_an_origin_of_the_operator_may_be_internal_and_without_tls() -> None:
    origin = {"internal_origins": ["http://erp.firm.internal:8080"]}
    assert checked("http://erp.firm.internal:8080/hook", "10.0.0.9", **origin).port == 8080
    for other in ("http://erp.firm.internal:8081/", "https://erp.firm.internal:8080/"):
        with pytest.raises(DestinationRefused):
            checked(other, "10.0.0.9", **origin)


def test_even_an_origin_of_the_operator_never_leads_to_the_metadata_of_a_cloud() -> None:
    with pytest.raises(DestinationRefused):
        checked(
            "http://erp.firm.internal:8080/",
            "169.254.169.254",
            internal_origins=["http://erp.firm.internal:8080"],
        )


def test_with_a_list_of_hosts_no_other_is_called() -> None:
    hosts = {"hosts": ["fbsbx.com"]}
    assert checked("https://lookaside.fbsbx.com/media", PUBLIC, **hosts).addresses == (PUBLIC,)
    for other in ("https://fbsbx.com.example.com/", "https://evilfbsbx.com/"):
        with pytest.raises(DestinationRefused):
            checked(other, PUBLIC, **hosts)


def test_a_name_without_an_address_is_a_failure_of_the_call_and_no_refusal() -> None:
    def unknown(_host: str, _port: int) -> Iterable[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(CallFailed) as failed:
        DestinationGuard(resolve=unknown).resolved("https://erp.example.com/")
    assert failed.value.failure is CallFailure.NAME_UNKNOWN


def test_the_system_knows_the_addresses_of_this_machine() -> None:
    assert set(system_addresses("localhost", 80)) & {"127.0.0.1", "::1"}
