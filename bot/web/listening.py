"""The place where a process listens; light to import, so that it can be opened before the rest."""

from __future__ import annotations

import socket

BACKLOG = 256  # who is not accepted yet; 200 customers may come at once


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises OSError.

    It is plainly one of TCP: else the event loop takes it for something that it need not hurry
    for, and the second answer of a connection comes 40 ms late.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
