import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.destinations.address_rules import Reach, reach_of

IPV4 = st.ip_addresses(v=4)
IPV6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "157.240.0.1", "2a03:2880:f10c::1", "2606:4700::1111"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert reach_of(address) is Reach.PUBLIC


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "::1", "fd12::1"],
)
def test_an_address_of_a_private_network_is_internal(address: str) -> None:
    assert reach_of(address) is Reach.INTERNAL


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "0.0.0.0",  # noqa: S104 - an address that must be refused
        "255.255.255.255",
        "224.0.0.1",
        "203.0.113.9",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2002:7f00:1::",
        "64:ff9b:1::7f00:1",
        "::127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "",
        "localhost",
    ],
)
def test_an_address_that_nobody_means_is_forbidden(address: str) -> None:
    assert reach_of(address) is Reach.FORBIDDEN


@given(IPV4)
def test_an_ipv4_address_in_ipv6_clothes_leads_where_it_leads_without_them(
    address: ipaddress.IPv4Address,
) -> None:
    expected = reach_of(str(address))
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert reach_of(f"::ffff:{address}") is expected
    assert reach_of(str(mapped)) is expected
    assert reach_of(mapped.exploded) is expected
    assert reach_of(str(ipaddress.IPv6Address(f"64:ff9b::{address}"))) is expected


@given(IPV4 | IPV6)
def test_nothing_that_python_knows_as_not_global_counts_as_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if reach_of(str(address)) is Reach.PUBLIC:
        embedded = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        known = embedded or address
        assert known.is_global
        assert not known.is_multicast
        assert not known.is_reserved or known in ipaddress.IPv6Network("64:ff9b::/96")


@given(st.text(max_size=40))
def test_every_text_gets_an_answer(text: str) -> None:
    assert reach_of(text) in Reach
