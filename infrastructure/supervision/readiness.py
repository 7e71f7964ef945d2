"""Whether a hub answers on its port, asked without an HTTP library."""

import socket
from typing import Final

_TIMEOUT_S: Final = 1.0


def answers_ready(host: str, port: int) -> bool:
    """Whether `GET /readyz` is answered with 200."""
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(request.encode())
            return connection.recv(64).split(b" ", 2)[1:2] == [b"200"]
    except OSError:
        return False


def port_problem(host: str, port: int) -> str:
    """Why nothing can listen on this address, in a sentence; "" when something can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (
                f"Port {port} on {host} cannot be used ({error.strerror or error}). Stop what "
                f"listens there, or choose another: HUB_PORT={port + 1}"
            )
    return ""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
