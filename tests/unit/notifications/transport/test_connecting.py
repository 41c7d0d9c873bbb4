"""Opening a connection: encrypted, authenticated, or TransportDown with the reason."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from notifications.errors import Problem, TransportDown
from notifications.settings import Relay
from notifications.transport.smtp import SmtpTransport
from notifications.verdict import Meaning
from tests.smtpd import Smtpd
from tests.unit.notifications.transport.relays import certificate, sent, served, session, transport

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse"


async def down(made: SmtpTransport) -> dict[str, object]:
    """Return what a connection that cannot be had fails with."""
    with pytest.raises(TransportDown) as caught:
        await made.connect()
    assert caught.value.problem is Problem.RELAY
    return caught.value.fields


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_encrypted_where_the_certificate_proves_the_name(
    security: str, tmp_path: Path
) -> None:
    path = certificate(tmp_path)
    trust = {"security": security, "certificates": str(path)}
    async with (
        Smtpd(certificate=served(path), tls=security == "tls") as server,
        session(server, **trust) as one,
    ):
        meanings = [(await sent(one)).meaning for _ in range(3)]
    assert meanings == [Meaning.ACCEPTED] * 3
    assert server.heard.count("STARTTLS") == (security == "starttls")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_name_is_refused(security: str, tmp_path: Path) -> None:
    path = certificate(tmp_path, "elsewhere.example")
    trust = {"security": security, "certificates": str(path)}
    async with Smtpd(certificate=served(path), tls=security == "tls") as server:
        fields = await down(transport(server, **trust))
    assert (fields["phase"], fields["code"]) == ("tls", 0)
    assert fields["detail"] == ("Hostname mismatch, certificate is not valid for 'localhost'.")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_nobody_we_trust_is_refused(security: str, tmp_path: Path) -> None:
    path = certificate(tmp_path)
    async with Smtpd(certificate=served(path), tls=security == "tls") as server:
        fields = await down(transport(server, security=security))
    assert (fields["phase"], fields["detail"]) == ("tls", "self-signed certificate")


async def test_tls_that_is_refused_is_never_done_without(tmp_path: Path) -> None:
    path = certificate(tmp_path)
    trust = {"security": "starttls", "certificates": str(path)}
    async with Smtpd(certificate=served(path), faults=("refuse_tls",)) as server:
        fields = await down(transport(server, **trust))
    assert (fields["phase"], fields["code"], server.heard[-1]) == ("tls", 454, "STARTTLS")


async def test_tls_that_is_not_offered_is_never_done_without() -> None:
    async with Smtpd() as server:
        fields = await down(transport(server, security="starttls"))
    assert (fields["phase"], fields["code"]) == ("tls", 0)
    assert fields["detail"] == "SMTP STARTTLS extension not supported by server."


async def test_a_relay_that_speaks_no_tls_where_it_is_awaited_is_told() -> None:
    async with Smtpd() as server:
        fields = await down(transport(server, security="tls"))
    assert (fields["phase"], fields["detail"]) == ("tls", "wrong version number")


@pytest.mark.parametrize("fault", ["drop:starttls", "hang:starttls", "drop:auth"])
async def test_what_breaks_off_or_is_silent_has_refused_nothing(fault: str, tmp_path: Path) -> None:
    path = certificate(tmp_path)
    user: dict[str, Any] = {"user": "bot", "password": PASSWORD}
    asked = {"security": "starttls", "certificates": str(path), "connect_seconds": 0.3, **user}
    async with Smtpd(certificate=served(path), faults=(fault,), **user) as server:
        fields = await down(transport(server, **asked))
    assert (fields["phase"], fields["code"]) == ("connect", 0)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_file_of_authorities_that_is_not_there_is_told(security: str) -> None:
    async with Smtpd() as server:
        fields = await down(transport(server, security=security, certificates="/nowhere.pem"))
    assert fields["phase"] == "tls"
    assert fields["detail"] == "/nowhere.pem: No such file or directory"


async def test_a_file_of_authorities_that_has_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    file.write_text("none")
    async with Smtpd() as server:
        fields = await down(transport(server, security="tls", certificates=str(file)))
    assert fields["phase"] == "tls"
    assert fields["detail"] == f"{file}: no certificate or crl found"


async def test_the_right_password_opens() -> None:
    user: dict[str, Any] = {"user": "bot", "password": PASSWORD}
    async with Smtpd(**user) as server, session(server, **user) as one:
        verdict = await sent(one)
    assert verdict.meaning is Meaning.ACCEPTED


async def test_a_wrong_password_is_told_without_it() -> None:
    async with Smtpd(user="bot", password=PASSWORD) as server:
        fields = await down(transport(server, user="bot", password="battery staple"))
    assert (fields["phase"], fields["code"]) == ("auth", 535)
    assert fields["detail"] == "5.7.8 not with ***"


async def test_authentication_that_is_refused_is_the_relays_trouble() -> None:
    async with Smtpd(user="bot", password=PASSWORD, faults=("refuse_auth",)) as server:
        fields = await down(transport(server, user="bot", password=PASSWORD))
    assert (fields["phase"], fields["code"]) == ("auth", 535)


async def test_authentication_that_is_not_offered_is_told() -> None:
    async with Smtpd() as server:
        fields = await down(transport(server, user="bot", password=PASSWORD))
    assert (fields["phase"], fields["code"]) == ("auth", 0)


async def test_a_relay_that_wants_authentication_refuses_no_recipient() -> None:
    async with Smtpd(user="bot", password=PASSWORD) as server, session(server) as one:
        verdict = await sent(one)
    assert (verdict.meaning, verdict.code) == (Meaning.RELAY, 530)


async def test_a_banner_that_does_not_come_is_a_timeout() -> None:
    async with Smtpd(faults=("slow_banner",)) as server:
        fields = await down(transport(server, connect_seconds=0.1))
    assert (fields["phase"], fields["detail"]) == ("connect", "timeout")


@pytest.mark.failure(44)
@pytest.mark.parametrize("phase", ["connect", "ehlo"])
async def test_421_at_the_greetings_is_told(phase: str) -> None:
    async with Smtpd(faults=(f"421:{phase}",)) as server:
        fields = await down(transport(server))
    assert (fields["phase"], fields["code"], fields["detail"]) == ("connect", 421, "4.3.2 closing")


@pytest.mark.parametrize("fault", ["gibberish:connect", "drop:connect", "drop:ehlo", "hang:ehlo"])
async def test_greetings_that_go_wrong_are_told(fault: str) -> None:
    async with Smtpd(faults=(fault,)) as server:
        fields = await down(transport(server, connect_seconds=0.2))
    assert (fields["phase"], fields["code"]) == ("connect", 0)


async def test_nobody_who_listens_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        fields = await down(SmtpTransport(Relay(host="127.0.0.1", port=port, security="none")))
    assert (fields["phase"], fields["code"]) == ("connect", 0)
    assert fields["detail"] == f"127.0.0.1:{port}: Connection refused"


async def test_a_relay_whose_name_is_not_known_is_told() -> None:
    fields = await down(SmtpTransport(Relay(host="relay.invalid", port=25, security="none")))
    assert fields["phase"] == "connect"
    assert str(fields["detail"]).startswith("relay.invalid:25: ")


async def test_the_name_of_a_transport_is_where_it_goes() -> None:
    made = SmtpTransport(Relay(host="mail.example.net", port=587, password=PASSWORD))
    assert made.name == "mail.example.net:587"
