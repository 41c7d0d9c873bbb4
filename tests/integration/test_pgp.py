"""Posts signed by gpg with a throw-away key, and verified as they were received."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest

from notifications.announce.posts import finisher
from notifications.announce.signature import Signer
from notifications.clock import MachineClock
from notifications.errors import TransportDown
from notifications.states import CampaignState
from tests.integration.pgp_key import OWNER, forget, gpg, verified
from tests.integration.pipeline import SECRETS, house, pipeline
from tests.smtpd import Smtpd

LIST = house("announce@lists.example.net")


async def received(folder: Path, signer: Signer) -> bytes:
    """Post, and return what came to the relay."""
    finish = finisher(MachineClock(), SECRETS, signer, None)
    async with (
        Smtpd() as relay,
        pipeline(folder, relay.port, LIST, finish=finish) as posts,
    ):
        await posts.post()
        (mail,) = relay.mails
        return mail.content


async def test_the_signature_holds_for_the_bytes_as_received(
    pgp_home: Path, tmp_path: Path
) -> None:
    raw = await received(tmp_path, Signer(OWNER, str(pgp_home)))

    assert verified(pgp_home, tmp_path, raw)
    assert not verified(pgp_home, tmp_path, raw.replace(b"nothing", b"something"))


async def test_a_signed_post_is_as_rfc_3156_says(pgp_home: Path, tmp_path: Path) -> None:
    message = message_from_bytes(await received(tmp_path, Signer(OWNER, str(pgp_home))))

    assert message.get_content_type() == "multipart/signed"
    assert message.get_param("protocol") == "application/pgp-signature"
    assert message.get_param("micalg") in {"pgp-sha256", "pgp-sha384", "pgp-sha512"}
    assert [part.get_content_type() for part in message.get_payload()] == [  # type: ignore[union-attr]
        "text/plain",
        "application/pgp-signature",
    ]


async def test_what_was_approved_is_within_the_signature_byte_for_byte(
    pgp_home: Path, tmp_path: Path
) -> None:
    """P11."""
    finish = finisher(MachineClock(), SECRETS, Signer(OWNER, str(pgp_home)), None)
    async with Smtpd() as relay, pipeline(tmp_path, relay.port, LIST, finish=finish) as posts:
        number = await posts.post()
        ((_, approved),) = [each async for each in posts.campaigns.mails(number)]
    head, _, body = approved.partition(b"\r\n\r\n")
    raw = relay.mails[0].content

    assert body in raw
    assert all(line in raw for line in head.split(b"\r\n"))


@pytest.mark.parametrize("key", ["nobody@example.net", ""])
async def test_a_post_that_cannot_be_signed_waits_and_says_why(
    pgp_home: Path, tmp_path: Path, key: str
) -> None:
    finish = finisher(MachineClock(), SECRETS, Signer(key, str(pgp_home)), None)
    async with Smtpd() as relay, pipeline(tmp_path, relay.port, LIST, finish=finish) as posts:
        number = await posts.post()
        campaign = await posts.campaigns.campaign(number)

    assert (campaign.state, campaign.pause) == (CampaignState.PAUSED, "relay")
    assert "sign" in campaign.pause_detail
    assert relay.mails == []


def test_a_passphrase_that_the_agent_does_not_hold_is_not_asked_for(pgp_home: Path) -> None:
    owner = "locked@example.net"
    made = gpg(
        pgp_home,
        *("--pinentry-mode", "loopback", "--passphrase", "secret"),
        *("--quick-generate-key", owner, "ed25519", "sign"),
    )
    assert made.returncode == 0, made.stderr
    forget(pgp_home)

    with pytest.raises(TransportDown) as down:
        Signer(owner, str(pgp_home)).sign(b"Subject: x\r\nContent-Type: text/plain\r\n\r\nx\r\n")

    assert down.value.fields["phase"] == "sign"
