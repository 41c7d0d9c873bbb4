"""What must not get into a mail or out of the bot, and what must be in a mail: every kind."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.notices.kinds import EVERY
from notifications import BadCampaign, Draft, Problem, Recipient
from tests.failures.mailing import ADA, ALL, ANNA, NEW, Provider, closed, provider
from tests.golden.samples import SAMPLES, Sample
from tests.smtpd import Smtpd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

CONTROLS = ("\r\nBcc: eve@example.org", "\n", "\r", "\0", "\x1b[2J", "\x85", "\u2028")
ONE_OF_EACH = tuple({sample.kind: sample for sample in SAMPLES}.values())


def poisoned(sample: Sample) -> Iterator[tuple[str, Draft]]:
    """Yield *sample* again and again, each time with a control character in another text of it."""
    for bad in CONTROLS:
        yield f"{sample.kind}: name", draft(sample, name=f"Ann{bad}")
        for key in {key for item in sample.items for key in item}:
            items = tuple({**item, key: f"x{bad}"} for item in sample.items)
            yield f"{sample.kind}: {key}", draft(replace(sample, items=items))
        for key in {*sample.values, "reason"} - {"paragraph"}:
            values = {**sample.values, key: f"x{bad}"}
            yield f"{sample.kind}: {key}", draft(replace(sample, values=values))
        if bad != "\n" and not bad.startswith("\r\n"):  # a paragraph may have lines
            values = {**sample.values, "paragraph": f"x{bad}"}
            yield f"{sample.kind}: paragraph", draft(replace(sample, values=values))


def draft(sample: Sample, name: str = "Ann Archer") -> Draft:
    who = Recipient(address=ADA, name=name, items=sample.items)
    return Draft(
        kind=sample.kind,
        actor=ANNA,
        request_key=sample.name,
        recipients=(who,),
        values=sample.values,
    )


async def problem(p: Provider, made: Draft) -> Problem | None:
    """Return why something cannot be drafted; None: it was."""
    try:
        await p.app.office.campaigns.draft(made)
    except BadCampaign as error:
        return error.problem
    return None


async def head(p: Provider, sample: Sample) -> Message:
    """Return a campaign's mail, as it is previewed."""
    drafted = await p.app.office.campaigns.draft(draft(sample))
    return message_from_bytes((await p.app.office.campaigns.preview(drafted.campaign, ANNA)).sample)


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_control_character_gets_past_the_draft_of_no_kind(tmp_path: Path) -> None:
    async with provider(tmp_path) as p:
        tried = [(what, draft) for sample in ONE_OF_EACH for what, draft in poisoned(sample)]
        past = [what for what, draft in tried if await problem(p, draft) is not Problem.BAD_VALUE]

        assert ({draft.kind for _, draft in tried}, past) == (set(EVERY), [])
        assert await p.app.office.campaigns.campaigns() == ()


async def test_only_an_offer_can_be_unsubscribed_from_with_one_click(tmp_path: Path) -> None:
    async with provider(tmp_path) as p:
        heads = {sample.kind: await head(p, sample) for sample in ONE_OF_EACH}
        offers = {name for name, kind in EVERY.items() if not kind.service}

        assert {kind for kind, mail in heads.items() if mail["List-Unsubscribe"]} == offers
        assert {kind for kind, mail in heads.items() if mail["List-Unsubscribe-Post"]} == offers
        assert all("unsubscribe" not in str(heads[kind]).lower() for kind in EVERY.keys() - offers)


#: What nobody may read.
SECRETS = {
    "key": "k3y-of-links-that-nobody-can-guess",
    "list_password": "m0derat0r",
    "rest_password": "r3st-w0rd",
}
RELAY = {"user": "bot", "password": "correct-h0rse"}
PLAIN = (*SECRETS.values(), RELAY["password"], "wr0ng-h0rse")
#: As it is written, and as it is told to a relay.
UNSEEN = [secret.encode() for secret in PLAIN] + [b64encode(s.encode()) for s in PLAIN]


async def test_no_secret_is_in_what_is_kept_said_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Smtpd(**RELAY)  # type: ignore[arg-type]
    relay = {**RELAY, "password": "wr0ng-h0rse"}
    watch = {"rest": "http://127.0.0.1:1"}
    async with closed(tmp_path, server=server, relay=relay, secrets=SECRETS, watch=watch) as p:
        async with p.open():
            said = await p.hears(f"{NEW} --announce", *ALL[1:])
        p.write(relay={**RELAY, "port": server.port})
        async with p.open():
            said += await p.hears(
                "campaign resume 1", "campaign preview 2", "campaign test 2 " + ADA
            )
            said += await p.hears("announce post 2", "campaign report 2", "campaign report 1")
            kept = [file.read_bytes() for file in (*files(p.data), *files(p.folder / "files"))]
            # In the database they are compressed.
            kept += [
                mail for each in (1, 2) async for _, mail in p.app.office.campaigns.mails(each)
            ]

    (post,) = [mail.content for mail in server.mails if mail.rcpt.startswith("announce@")]
    assert post.startswith(b"Approved: m0derat0r\r\n")
    others = [mail.content for mail in server.mails if mail.content != post]
    seen = b"\0".join([*kept, *others, said.encode(), caplog.text.encode()])
    assert (len(others), [secret for secret in UNSEEN if secret in seen]) == (4, [])
