"""A web address that somebody outside chose, checked before it is stored and before each call."""

import re
import socket
import threading
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Self

import httpx

from domain.errors import HubError
from infrastructure.destinations.address_rules import Reach, reach_of
from infrastructure.destinations.failures import CallFailed, CallFailure
from infrastructure.settings import Settings

URL_CHARACTERS_MAX: Final = 2000
PORT_MAX: Final = 65_535
RESOLVE_TIMEOUT_S: Final = 5.0

Resolve = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a host and port. Raises OSError."""

_PORTS: Final = {"https": 443, "http": 80}
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")


class DestinationRefused(HubError):
    """The address may not be called: its form, its scheme, or where its host leads."""

    code = "DESTINATION_REFUSED"
    hint = "Give an https:// address that is reached over the public internet."


class Destination(NamedTuple):
    """An address that may be called, with the network addresses that were checked.

    Connect to these and to no other: asking for the name again may give another answer.
    """

    url: httpx.URL
    host: str
    port: int
    addresses: tuple[str, ...]


class DestinationGuard:
    """Says whether an address may be called, and where to connect.

    `internal_origins` (`https://erp.example.internal:8443`) are chosen by the operator: only they
    may lie in a private network or be spoken to without TLS. With `hosts` no other host than these
    and the ones below them (`example.com` allows `cdn.example.com`) is called.
    """

    def __init__(
        self,
        *,
        internal_origins: Iterable[str] = (),
        hosts: Iterable[str] | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._internal_origins = frozenset(_origin(_parsed(url)) for url in internal_origins)
        self._hosts = None if hosts is None else tuple(host.lower().strip(".") for host in hosts)
        self._resolve = resolve or system_addresses

    @classmethod
    def of(cls, settings: Settings, *, hosts: Iterable[str] | None = None) -> Self:
        """Return the guard as the operator has set it. Raises DestinationRefused."""
        origins = (origin.strip() for origin in settings.internal_origins.split(","))
        return cls(internal_origins=[origin for origin in origins if origin], hosts=hosts)

    def read(self, url: str) -> httpx.URL:
        """Return the address in its normal form. Raises DestinationRefused; resolves nothing."""
        parsed = _parsed(url)
        if parsed.userinfo:
            raise DestinationRefused("The address holds a user name or a password.")
        if parsed.scheme != "https" and not self._is_internal(parsed):
            raise DestinationRefused("The address does not begin with https://.")
        host = _host(parsed)
        if self._hosts is not None and not self._is_among_hosts(host):
            raise DestinationRefused(
                "The host of the address is not among the hosts that may be called.",
                hint="Ask the operator of the hub which hosts are allowed.",
            )
        return parsed

    def resolved(self, url: str) -> Destination:
        """Return where to connect for the address.

        Raises DestinationRefused, and CallFailed when the name has no address now.
        """
        parsed = self.read(url)
        host, port = _host(parsed), _port(parsed)
        try:
            addresses = tuple(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise CallFailed(CallFailure.NAME_UNKNOWN) from error
        if not addresses:
            raise CallFailed(CallFailure.NAME_UNKNOWN)
        allowed = {Reach.PUBLIC}
        if self._is_internal(parsed):
            allowed.add(Reach.INTERNAL)
        # One bad answer among good ones is an attack or a mistake; either way nobody is called.
        if not {reach_of(address) for address in addresses} <= allowed:
            raise DestinationRefused(
                "The host of the address leads into a private or reserved network.",
                hint="Give a public address, or ask the operator of the hub to allow this origin "
                "(HUB_INTERNAL_ORIGINS).",
            )
        return Destination(parsed, host, port, addresses)

    def _is_internal(self, url: httpx.URL) -> bool:
        return _origin(url) in self._internal_origins

    def _is_among_hosts(self, host: str) -> bool:
        name = host.rstrip(".")
        return any(name == one or name.endswith(f".{one}") for one in self._hosts or ())


def system_addresses(host: str, port: int) -> list[str]:
    """Return the addresses that the system knows for a host. Raises OSError.

    The system's own question has no time limit, so it is asked aside.
    """
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(address[0]) for *_, address in found])
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(OSError("The name cannot be written in the form of host names."))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=RESOLVE_TIMEOUT_S)
    except Empty:
        raise OSError("The name was not resolved in time.") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _parsed(url: str) -> httpx.URL:
    if not 0 < len(url) <= URL_CHARACTERS_MAX or url != url.strip() or not url.isprintable():
        raise DestinationRefused(
            f"The address is empty, has spaces around it, or more than {URL_CHARACTERS_MAX} "
            "characters."
        )
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise DestinationRefused("The address has not the form of a web address.") from error
    if parsed.scheme not in _PORTS or not parsed.host or parsed.fragment or "\\" in url:
        raise DestinationRefused("The address has not the form of a web address.")
    if parsed.port is not None and not 0 < parsed.port <= PORT_MAX:
        raise DestinationRefused(f"The port of the address is not between 1 and {PORT_MAX}.")
    _host(parsed)
    return parsed


def _host(url: httpx.URL) -> str:
    """Return the host in the form that goes into DNS. Raises DestinationRefused.

    Numbers in any other writing than four decimal ones (`127.1`, `0x7f.0.0.1`, `2130706433`) are
    read in as many ways as there are programs, so they are refused.
    """
    host = url.raw_host.decode("ascii", "replace").lower()
    if ":" in host:
        if "%" not in host:
            return host
    elif _NAME.fullmatch(host):
        last = host.rstrip(".").rpartition(".")[2]
        if not _NUMBER.fullmatch(last) or _is_plain_ipv4(host):
            return host
    raise DestinationRefused("The host of the address has not the form of a name or an address.")


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _port(url: httpx.URL) -> int:
    return url.port or _PORTS[url.scheme]


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{_host(url)}:{_port(url)}"
