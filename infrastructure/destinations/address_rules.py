"""Which network addresses may be called when somebody outside named the host.

The tables are the IANA special-purpose address registries (RFC 6890 and its updates) and the
addresses at which clouds answer with the credentials of the machine that asks.
"""

import ipaddress
from enum import StrEnum
from typing import Final

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address


class Reach(StrEnum):
    """Where an address leads: out, into the operator's own network, or nowhere that is meant."""

    PUBLIC = "public"
    INTERNAL = "internal"
    FORBIDDEN = "forbidden"


_IPV4_RULES: Final = tuple(
    (ipaddress.IPv4Network(network), reach)
    for network, reach in (
        ("100.100.100.200/32", Reach.FORBIDDEN),  # metadata of Alibaba Cloud
        ("168.63.129.16/32", Reach.FORBIDDEN),  # wire server of Azure, in a public range
        ("0.0.0.0/8", Reach.FORBIDDEN),
        ("10.0.0.0/8", Reach.INTERNAL),
        ("100.64.0.0/10", Reach.INTERNAL),
        ("127.0.0.0/8", Reach.INTERNAL),
        ("169.254.0.0/16", Reach.FORBIDDEN),  # link-local; metadata of most clouds
        ("172.16.0.0/12", Reach.INTERNAL),
        ("192.0.0.0/24", Reach.FORBIDDEN),
        ("192.0.2.0/24", Reach.FORBIDDEN),
        ("192.88.99.0/24", Reach.FORBIDDEN),
        ("192.168.0.0/16", Reach.INTERNAL),
        ("198.18.0.0/15", Reach.FORBIDDEN),
        ("198.51.100.0/24", Reach.FORBIDDEN),
        ("203.0.113.0/24", Reach.FORBIDDEN),
        ("224.0.0.0/4", Reach.FORBIDDEN),
        ("240.0.0.0/4", Reach.FORBIDDEN),
    )
)

_IPV6_RULES: Final = tuple(
    (ipaddress.IPv6Network(network), reach)
    for network, reach in (
        ("fd00:ec2::254/128", Reach.FORBIDDEN),  # metadata of AWS
        ("fd20:ce::254/128", Reach.FORBIDDEN),  # metadata of Google Cloud
        ("::1/128", Reach.INTERNAL),
        ("fc00::/7", Reach.INTERNAL),
        ("2001::/23", Reach.FORBIDDEN),  # protocol assignments, among them Teredo
        ("2001:db8::/32", Reach.FORBIDDEN),
        ("2002::/16", Reach.FORBIDDEN),  # 6to4: an IPv4 address in disguise
        ("3fff::/20", Reach.FORBIDDEN),
        ("2000::/3", Reach.PUBLIC),
    )
)

# Both carry an IPv4 address in their last 32 bits, and the network delivers to that one.
_IPV4_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_IPV4_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LAST_32_BITS: Final = 0xFFFF_FFFF


def reach_of(address: str) -> Reach:
    """Return where an address in its usual writing leads. What is no address is FORBIDDEN."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Reach.FORBIDDEN
    if isinstance(parsed, IPv6):
        if parsed.scope_id is not None:
            return Reach.FORBIDDEN
        if parsed in _IPV4_MAPPED or parsed in _IPV4_TRANSLATED:
            return _reach_of_ipv4(IPv4(int(parsed) & _LAST_32_BITS))
        return next((reach for network, reach in _IPV6_RULES if parsed in network), Reach.FORBIDDEN)
    return _reach_of_ipv4(parsed)


def _reach_of_ipv4(address: IPv4) -> Reach:
    return next((reach for network, reach in _IPV4_RULES if address in network), Reach.PUBLIC)
