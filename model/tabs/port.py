"""The address of the page: what Gradio's variables and the command line ask for, checked."""

import errno
import os
import socket
import sys

from ..errors import InputError

PORT, PORTS, NAME = "GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS", "GRADIO_SERVER_NAME"


def check(program: str) -> None:
    """Exit with 2 and one line of `program` unless the import of gradio can read its variables."""
    for name in (PORT, PORTS):
        value = os.environ.get(name, "7860")
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 65535):
            problem = f"{name} is {value!r}: a number from 1 to 65535 is needed."
            print(f"{program}: {problem}", file=sys.stderr)
            sys.exit(2)


def first() -> int:
    """Return the port that is tried first."""
    return int(os.environ.get(PORT, "7860"))


def address(host: str | None, port: int | None) -> tuple[str, int | None]:
    """Return the host and the port to serve on, the port None for the first free one from first().

    `host` and `port` are those of the command line, which go before Gradio's variables. A port of
    GRADIO_SERVER_PORT is the only one unless GRADIO_NUM_PORTS says how many to try. Raises
    InputError where they cannot be had.
    """
    on_space = os.environ.get("SYSTEM") == "spaces"  # whose proxy comes from outside
    host = host or ("0.0.0.0" if on_space else os.environ.get(NAME, "127.0.0.1"))
    if port is None and PORT in os.environ and PORTS not in os.environ:
        port = first()
    bare = host.removeprefix("[").removesuffix("]")
    try:
        family, *_, to_bind = socket.getaddrinfo(bare, port or 0, type=socket.SOCK_STREAM)[0]
        socket.create_server(to_bind[:2], family=family).close()
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise InputError(
                f"{host} is no address of this machine: give --host 127.0.0.1 for this machine "
                "alone, 0.0.0.0 for all that reach it."
            ) from None
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} of {host} is taken by another program: end that or give another "
                "--port."
            ) from None
        raise InputError(f"Port {port} of {host} cannot be had: {error.strerror}.") from None
    return host, port
