"""A mail, and relays to hand it to: the loopback server with what it does wrong."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications.ports import Envelope
from notifications.settings import Relay
from notifications.transport.smtp import SmtpSession, SmtpTransport
from tests.smtpd import EXTENSIONS, Smtpd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from notifications.verdict import Verdict

SENDER = "bounces+1-a@example.net"
CONTENT = b".first\r\nMessage-ID: <1@example.net>\r\n\r\n.\r\n..two\r\na.b\r\n"
SLOWLY = tuple(name for name in EXTENSIONS if name != "PIPELINING")
LENIENT = (*EXTENSIONS, "LENIENT")
#: A relay that takes one command at a time, one that takes all, one that asks for lone dots.
WAYS = {"in turn": SLOWLY, "at once": EXTENSIONS, "at once, lenient": LENIENT}


def envelope(recipient: str = "anna@example.org", **fields: Any) -> Envelope:  # noqa: ANN401
    given: dict[str, Any] = {"sender": SENDER, "id": "1", "utf8": False, "size": 99} | fields
    return Envelope(recipient=recipient, **given)


def transport(server: Smtpd, **fields: Any) -> SmtpTransport:  # noqa: ANN401
    given = {"host": "localhost", "security": "none", "greeting": "bot.example.net"} | fields
    return SmtpTransport(Relay(port=server.port, **given))


@asynccontextmanager
async def session(server: Smtpd, **fields: Any) -> AsyncIterator[SmtpSession]:  # noqa: ANN401
    opened = await transport(server, **fields).connect()
    try:
        yield opened
    finally:
        await opened.close()


async def sent(session: SmtpSession, recipient: str = "anna@example.org") -> Verdict:
    """Offer a mail, and hand it over if it may come."""
    return await session.offer(envelope(recipient)) or await session.deliver(CONTENT)


def certificate(folder: Path, name: str = "localhost") -> Path:
    """Write a key and its own certificate for *name*."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))]
    made = (
        x509.CertificateBuilder(issuer_name=subject, subject_name=subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


def served(path: Path) -> ssl.SSLContext:
    """Return what a server needs to prove itself with the certificate in *path*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
