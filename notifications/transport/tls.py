"""TLS to a relay: who may vouch for it, and what is wrong with its proof."""

from __future__ import annotations

import ssl

#: The connection broke off, or was closed, in the middle of TLS: nothing is wrong with the proof.
_BROKEN_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def trusting(authorities: str) -> ssl.SSLContext:
    """Return a context that trusts the file *authorities*; an empty text: whom the system trusts.

    It reads files. Raises OSError with the file and what is wrong with it.
    """
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except OSError as error:
        what = words(error) if isinstance(error, ssl.SSLError) else error.strerror
        told = f"{authorities}: {what}"
        raise OSError(told) from error


def flaw(error: Exception) -> ssl.SSLError | None:
    """Return what TLS refuses, if *error* is that, or is a failed connection that comes of it."""
    cause = error.__cause__ if isinstance(error, ConnectionError) else error
    return cause if isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN_OFF) else None


def words(error: ssl.SSLError) -> str:
    """Return the words of OpenSSL without its marks: "self-signed certificate"."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or str(error)).replace("_", " ").lower()
