"""Bad input to campaigns, through the whole program: what is said, and that nothing is lost."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import MAIL
from bot.settings import shipped
from notifications import CampaignState, DeliveryState
from tests.failures.mailing import ADA, ALL, ANNA, BEN, BERT, CLEO, NEW, Provider, closed, provider
from tests.smtpd import Smtpd
from tests.unit.notifications.transport.relays import certificate, served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EVERYBODY_SENT = dict.fromkeys((ADA, BEN, CLEO), DeliveryState.SENT)
STOPPED = (
    "Campaign 1: STOPPED, the relay does not take mail, while {}. It is paused, and nothing is "
    "lost. Mend the relay (or the settings, and start the bot anew), then resume.\n"
    "  → campaign resume 1  Go on sending\n"
)
WHO = "Campaign 1 (maintenance-scheduled)"
WAITS = (
    f"{WHO} waits for a person: the relay does not take mail, while "
    "{}. To go on, type: maint campaign resume 1\n"
)


# ---- the relay -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A relay that does not take our mail, what is said of it, and how it is mended."""

    says: str
    server: Callable[[Path], Smtpd] = lambda _: Smtpd()
    relay: Mapping[str, Any] = field(default_factory=dict)
    mended: Mapping[str, Any] = field(default_factory=dict)


def encrypted(pem: Path) -> Smtpd:
    return Smtpd(certificate=served(pem))


NOBODY = 1  # a port of loopback on which nothing listens
REFUSALS = {
    "down": Refusal(
        relay={"host": "127.0.0.1", "port": NOBODY},
        says=f"connecting: 127.0.0.1:{NOBODY}: Connection refused",
    ),
    "password": Refusal(
        server=lambda _: Smtpd(user="bot", password="correct horse"),
        relay={"user": "bot", "password": "battery staple"},
        says="logging in with user and password: 535 5.7.8 not with ***",
        mended={"password": "correct horse"},
    ),
    "no TLS": Refusal(
        relay={"security": "starttls"},
        says="securing the connection: SMTP STARTTLS extension not supported by server",
        mended={"security": "none"},
    ),
    "TLS refused": Refusal(
        server=lambda pem: Smtpd(certificate=served(pem), faults=("refuse_tls,times=1",)),
        relay={"security": "starttls", "certificates": "PEM"},
        says="securing the connection: 454 4.7.0 TLS is not available",
    ),
    "not trusted": Refusal(
        server=encrypted,
        relay={"security": "starttls"},
        says="securing the connection: self-signed certificate",
        mended={"certificates": "PEM"},
    ),
    "another name": Refusal(
        server=encrypted,
        relay={"host": "127.0.0.1", "security": "starttls", "certificates": "PEM"},
        says=(
            "securing the connection: IP address mismatch, certificate is not valid for '127.0.0.1'"
        ),
        mended={"host": "localhost"},
    ),
    "sender": Refusal(
        server=lambda _: Smtpd(faults=("sender_refused,times=1",)),
        says="saying who it is from: 550 5.7.1 we do not know this sender",
    ),
}


def of(keys: Mapping[str, Any], pem: Path) -> dict[str, Any]:
    return {key: str(pem) if value == "PEM" else value for key, value in keys.items()}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_relay_that_takes_no_mail_pauses_and_once_mended_a_resume_goes_on(
    tmp_path: Path, refusal: Refusal
) -> None:
    pem = certificate(tmp_path)
    relay = of(refusal.relay, pem)
    async with closed(tmp_path, server=refusal.server(pem), relay=relay) as p:
        async with p.open():
            said = await p.hears(*ALL)
            pending = dict.fromkeys((ADA, BEN, CLEO), DeliveryState.PENDING)
            assert (await p.state(), await p.states()) == (CampaignState.PAUSED, pending)
        assert STOPPED.format(refusal.says) in said
        assert said.endswith(WAITS.format(refusal.says))

        p.write(relay={"port": p.relay.port, **of(refusal.mended, pem)})
        async with p.open():
            await p.hears("campaign resume 1")
            assert (await p.states(), p.taken()) == (EVERYBODY_SENT, [ADA, BEN, CLEO])


async def test_a_folder_that_cannot_be_used_pauses_and_a_resume_goes_on(tmp_path: Path) -> None:
    async with provider(tmp_path, mail={"transport": "folder"}) as p:
        folder = p.data / MAIL
        folder.write_text("")
        said = await p.hears(*ALL)
        folder.unlink()

        assert STOPPED.format(f"connecting: {folder}: File exists") in said
        await p.hears("campaign resume 1")
        assert await p.states() == EVERYBODY_SENT
        assert len(list(folder.glob("*@*/*.eml"))) == len(EVERYBODY_SENT)


async def test_a_folder_that_is_full_pauses_and_a_resume_goes_on(tmp_path: Path) -> None:
    async with provider(tmp_path, mail={"transport": "folder"}) as p:
        await p.hears(*ALL[:3])
        full = await part_of(p, BEN)
        full.parent.mkdir(parents=True)
        full.symlink_to("/dev/full")
        said = await p.hears("campaign send 1")
        full.unlink()

        begun = "after the mail's body was begun: No space left on device"
        assert STOPPED.format(begun.replace("begun: ", "begun: [Errno 28] ")) in said
        await p.hears("campaign resume 1")
        assert await p.states() == EVERYBODY_SENT


async def part_of(p: Provider, address: str) -> Path:
    """Return the file that a mail to *address* is first written to."""
    (number,) = (each.id for each in (await p.report()).deliveries if each.address == address)
    name = p.app.office._composer.envelope(number, address, 0).id
    return p.data / MAIL / address / f".{name}.eml.part"


# ---- templates -------------------------------------------------------------------------------

LETTER = "email/maintenance-scheduled.txt.jinja"
#: A template, what it has, what it has instead, and what is said of that.
BROKEN = {
    "variable": (
        *(LETTER, "We will work", "{{ widow.orphan }}"),
        "at line 6: it wants \"widow\", which is not there ('widow' is undefined)",
    ),
    "syntax": (
        *(LETTER, "We will work", "{{ house.name"),
        "at line 6 (expected token 'end of print statement', got 'on')",
    ),
    "filter": (*(LETTER, "| trim", "| shouted"), "at line 6 (No filter named 'shouted'.)"),
    "partial": (
        *("email/_letter.txt.jinja", "WHAT HAPPENS", "{{ widow }}"),
        "at line 15: it wants \"widow\", which is not there ('widow' is undefined)",
    ),
}


def broken(monkeypatch: pytest.MonkeyPatch, folder: Path, fault: str) -> None:
    """Let the program be installed with a template that is at *fault*."""
    name, has, instead, _ = BROKEN[fault]
    shutil.copytree(shipped("templates"), folder)
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace(has, instead, 1))
    monkeypatch.setattr("bot.app.shipped", lambda what: folder.parent / what)


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_template_is_named_at_the_preview_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    name, _, _, where = BROKEN[fault]
    broken(monkeypatch, tmp_path / "templates", fault)
    async with provider(tmp_path) as p:
        said = await p.hears(*ALL)

        assert (
            f"\nThe template {name} cannot be used {where}. Nothing is sent, and the campaign is "
            "still a draft. Mend the template or the value, then preview it again.\n"
        ) in said
        assert (await p.state(), p.relay.connections) == (CampaignState.DRAFT, 0)


async def test_a_template_that_breaks_after_the_approval_does_not_matter_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with closed(tmp_path) as p:
        async with p.open():
            await p.hears(*ALL[:3])
        broken(monkeypatch, tmp_path / "templates", "variable")
        async with p.open():
            await p.hears("campaign send 1")

            assert await p.states() == EVERYBODY_SENT


# ---- addresses -------------------------------------------------------------------------------

CONTACTS = (
    ("Ada Lowe", ADA),
    ("Ada again", "ADA@Example.ORG"),
    ("Nobody", ""),
    ("Dots", "a..b@example.org"),
    ("More dots", "x@example..org"),
    ("Number", "n@192.0.2.1"),
    ("Local", "root@localhost"),
    ("Ben Carr", BEN),
)
LOCAL = "not a mail address (what stands before the @ cannot stand there)"
DOMAIN = "not a mail address (what stands after the @ cannot be a name on the Internet)"


async def test_each_address_that_is_of_no_use_is_reported_and_the_others_are_written_to(
    tmp_path: Path,
) -> None:
    async with provider(tmp_path, contacts=CONTACTS) as p:
        said = await p.hears(*ALL)

        assert said.splitlines()[2:11] == [
            f"{WHO}: 8 guests → 2 contacts (1 merged, 1 without address, 4 with a bad address)",
            "Merged, one mail for all of theirs:",
            f"  {ADA}: Ada Lowe and Ada again (2 guests)",
            "Left out, and not written to:",
            "  Nobody: no address",
            f"  Dots <a..b@example.org>: {LOCAL}",
            f"  More dots <x@example..org>: {DOMAIN}",
            f"  Number <n@192.0.2.1>: {DOMAIN}",
            f"  Local <root@localhost>: {DOMAIN}",
        ]
        assert p.taken() == [ADA, BEN]


async def test_a_list_without_one_usable_address_is_no_campaign(tmp_path: Path) -> None:
    async with provider(tmp_path, contacts=(("Nobody", ""), ("Dots", "a..b@example.org"))) as p:
        assert await p.hears(NEW) == (
            "Nobody is left to write to (maintenance-scheduled): all 2 are left out. Nothing is "
            "sent. Mend the contacts in the inventory, or lift suppressions, then draft it anew.\n"
        )


# ---- commands --------------------------------------------------------------------------------


NO_NUMBER = "is not the number of a campaign (for those: campaign list)"
USAGE = "Nothing was done. Type: campaign preview ID [--files]"
PLAINER = "Nothing was done. Type it again, shorter or plainer."
CONTROL = f"cannot be used: it has control or invisible characters. {PLAINER}"
WRONG = {
    "campaign preview 7": "There is no campaign 7. Those that there are: campaign list",
    "campaign preview 0": "There is no campaign 0. Those that there are: campaign list",
    "campaign preview": f"campaign preview: ID is missing. {USAGE}",
    **{
        f"campaign preview {each}": f'campaign preview: "{each}" {NO_NUMBER}. {USAGE}'
        for each in ("-1", "1.5", "one", "\uff11", "9" * 23)
    },
    f'campaign test 1 "{ADA}\r\nRCPT TO:<eve@example.org>"': (
        f'Your command "campaign test 1 "{ADA}\\r\\nRCP…" {CONTROL}'
    ),
    "campaign test 1 nobody": (
        '"nobody" cannot be a mail address: it has no @. Nothing was done. Type it again as '
        "name@example.org."
    ),
    "campaign resend 1 eve@example.org": (
        '"campaign resend" is not possible now: campaign 1 is a draft. Nothing was done. '
        'Possible now: campaign text 1 "…", campaign preview 1, campaign cancel 1.'
    ),
    f"campaign settle 1 {ADA} sent": (
        f"The mail of campaign 1 to {ADA} is not UNCERTAIN, it is to be sent. Nothing was changed. "
        "Those that are: campaign report 1"
    ),
    f'campaign text 1 "{"long " * 2000}"': (
        f'Your command "campaign text 1 "long long long long lo…" cannot be used: it is too long. '
        f"{PLAINER}"
    ),
    'campaign text 1 "Dear\x1b[2J all"': (
        f'Your command "campaign text 1 "Dear\\x1b[2J all"" {CONTROL}'
    ),
}


async def test_a_line_that_cannot_be_obeyed_gets_one_sentence(tmp_path: Path) -> None:
    async with provider(tmp_path) as p:
        await p.hears(NEW)
        said = {line: await p.hears(line) for line in WRONG}

        assert said == {line: f"{sentence}\n" for line, sentence in WRONG.items()}
        assert (await p.state(), p.relay.connections) == (CampaignState.DRAFT, 0)


NOT_NOW = (
    '"campaign {}" is not possible now: campaign 1 is {}. Nothing was done. Possible now: {}.\n'
)


#: A line that moves a campaign on; what it is then; what is possible, and what is not.
STAGES = (
    (
        NEW,
        "a draft",
        'campaign text 1 "…", campaign preview 1, campaign cancel 1',
        ("approve", "send", "pause", "resume"),
    ),
    (
        "campaign preview 1",
        "previewed",
        'campaign text 1 "…", campaign preview 1, campaign approve 1, campaign cancel 1',
        ("send", "pause", "resume"),
    ),
    (
        "campaign approve 1",
        "approved",
        "campaign send 1, campaign cancel 1",
        ("preview", "approve", "pause", "resume"),
    ),
    (
        "campaign send 1",
        "done",
        "campaign resend 1 ADDRESS",
        ("preview", "approve", "send", "pause", "resume", "cancel"),
    ),
)


async def test_a_verb_whose_time_it_is_not_says_what_is_possible(tmp_path: Path) -> None:
    async with provider(tmp_path) as p:
        for line, state, can, verbs in STAGES:
            await p.hears(line)
            said = [await p.hears(f"campaign {verb} 1") for verb in verbs]

            assert said == [NOT_NOW.format(verb, state, can) for verb in verbs]


async def test_where_two_persons_are_configured_nobody_approves_their_own(tmp_path: Path) -> None:
    async with provider(tmp_path, pace={"second_person": True}) as p:
        await p.hears(*ALL[:2])

        assert await p.hears("campaign approve 1") == (
            "os:anna has drafted campaign 1, or changed it last, and somebody else must approve it "
            "here. It is as it was. Ask a colleague to read it and to type: campaign approve 1\n"
        )
        assert await p.state() is CampaignState.PREVIEWED
        await p.hears("campaign approve 1", actor=BERT)
        assert await p.state() is CampaignState.APPROVED


async def test_who_may_not_approve_is_told_and_nothing_is_frozen(tmp_path: Path) -> None:
    async with provider(tmp_path, roles={"operate": [ANNA], "approve": [BERT]}) as p:
        await p.hears(*ALL[:2])

        assert await p.hears("campaign approve 1") == (
            'os:anna may not use "campaign approve": it needs the role approve. Nothing was done. '
            'Ask someone who has it, or type "help" for what you may do.\n'
        )
        assert await p.state() is CampaignState.PREVIEWED
