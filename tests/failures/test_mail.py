"""Failures of mail: nobody twice, nobody lost, nobody refused for what is not theirs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from bot.maintenance.customers.links import Links
from bot.rules.errors import BadConfiguration
from bot.settings import Fault, Problem
from bot.storage import DatabaseStore, signing_key
from notifications import CampaignState, ChangeEvent, DeliveryState, Draft, Recipient
from notifications.compose.tokens import Tokens
from tests.failures.mailing import ADA, ALL, ANNA, BEN, CLEO, NEW, Provider, closed, provider
from tests.integration.patience import until
from tests.unit.notifications.announce import rest
from tests.unit.notifications.bounces.dsn import report

SENT, UNCERTAIN, REFUSED, DEFERRED = (
    DeliveryState.SENT,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.DEFERRED,
)
EVERYBODY_SENT = {ADA: SENT, BEN: SENT, CLEO: SENT}
PAGES = "https://panel.example.net"
LIST = "announce@lists.example.net"
#: Names and addresses of forty.
MANY = tuple((f"Customer {n}", f"c{n:02}@example.org") for n in range(40))


@pytest.fixture
def announce() -> Iterator[rest.FakeRest]:
    with rest.serving() as server:
        yield server


def maildir(folder: Path) -> Path:
    """Make the folder that bounces come into."""
    for name in ("new", "cur", "tmp"):
        (folder / "bounces" / name).mkdir(parents=True)
    return folder / "bounces"


async def empty(folder: Path) -> bool:
    return os.listdir(folder) == []  # noqa: PTH208 - a look of a microsecond


async def told(p: Provider, event: ChangeEvent) -> bool:
    """Say whether the journal of campaigns has such a row."""
    return event in {change.event for change in await p.app.office.campaigns.changes(0)}


# What comes back on a return path.


def hard(path: str) -> bytes:
    return report(path)


def soft(path: str) -> bytes:
    return report(path, status="5.2.2", said="552 5.2.2 Mailbox full")


def away(path: str) -> bytes:
    return f"To: {path}\nAuto-Submitted: auto-replied\n\nI am on holiday.\n".encode()


def forged(path: str) -> bytes:
    return report(re.sub(r"-[a-z2-7]+@", "-aaaaaaaaaaaaaaaa@", path))


def opened(p: Provider, link: str) -> str | None:
    """Return whom a link was made for: all that a page can do before somebody confirms."""
    key = signing_key(p.data)
    what, token = link.removeprefix(f"{PAGES}/").split("/")
    if what == "optin":
        found = Links(PAGES, key, p.app.desk.fleet).read(token, p.app.desk.clock.now())
        return found.guest if found else None
    assert isinstance(p.app.store, DatabaseStore)
    return Tokens(key, p.app.store.origin).mailbox(token)


POST = ("announce preview 1", "announce post 1")  # the mail that it promises goes out before


async def begun(p: Provider) -> None:
    """Let a campaign wait for a sender."""
    async with p.open(sends=False):
        await p.hears(*ALL[:3])
        await p.app.office.campaigns.send(1, ANNA)


# ---- nobody twice, nobody lost ---------------------------------------------------------------


@pytest.mark.failure(40)
async def test_what_got_no_answer_after_the_dot_is_sent_again_only_by_a_person(
    tmp_path: Path,
) -> None:
    fault = f"drop_after_dot,match={BEN},times=1"
    async with provider(tmp_path, fault, pace={"stop_after": 2}) as p:
        said = await p.hears(*ALL)
        assert "it may or may not have gone out. It is not sent again by itself" in said
        became = (await p.states(), p.taken())
        assert became == (EVERYBODY_SENT | {BEN: UNCERTAIN}, [ADA, BEN, CLEO])

        await p.hears(f"campaign settle 1 {BEN} unsent")
        await p.until_done()
        first, second = (mail["Message-ID"] for mail in p.mails(BEN))
        assert (first, await p.states()) == (second, EVERYBODY_SENT)


@pytest.mark.failure(41)
@pytest.mark.parametrize(
    ("moment", "becomes"), [("hang:rcpt", SENT), ("hang_after_dot", UNCERTAIN)]
)
async def test_who_was_in_hand_of_a_killed_process_is_sent_or_uncertain_and_none_twice(
    tmp_path: Path, moment: str, becomes: DeliveryState
) -> None:
    async with closed(tmp_path, f"{moment},match={BEN},times=1") as p:
        await begun(p)
        await p.dies_at(moment.partition(":")[0])
        async with p.open():
            await p.until_done()

            states = await p.states()
        # The word on who went before may have been on its way to the disk.
        assert states.pop(ADA) in {SENT, UNCERTAIN}
        assert states == {BEN: becomes, CLEO: SENT}
        assert p.taken() == [ADA, BEN, CLEO]


@pytest.mark.failure(42)
async def test_a_process_that_dies_with_a_batch_in_hand_skips_nobody(tmp_path: Path) -> None:
    async with closed(tmp_path, "hang:rcpt,match=c07@*,times=1", contacts=MANY) as p:
        await begun(p)
        await p.dies_at("hang")
        before = p.taken()
        async with p.open():
            await p.until_done()

    everybody = [address for _, address in MANY]
    assert (before, p.taken()) == (everybody[:7], everybody)


# ---- what a relay says -----------------------------------------------------------------------


@pytest.mark.failure(43)
async def test_a_greylisted_mail_is_tried_again_until_it_is_taken(tmp_path: Path) -> None:
    async with provider(tmp_path, f"450_then_ok,match={BEN}") as p:
        await p.hears(*ALL)

        tries = {each.address: each.attempts for each in (await p.report()).deliveries}
        assert (await p.states(), tries) == (EVERYBODY_SENT, {ADA: 1, BEN: 2, CLEO: 1})


@pytest.mark.failure(43)
async def test_nobody_is_kept_waiting_for_a_greylisted_mail(tmp_path: Path) -> None:
    async with provider(tmp_path, f"450_rcpt,match={BEN}", pace={"retry_minutes": [5]}) as p:
        said = await p.hears(*ALL)

        assert "1 still goes out while the bot runs (deferred by the other side, the next" in said
        assert await p.states() == EVERYBODY_SENT | {BEN: DEFERRED}


@pytest.mark.failure(43)
async def test_what_is_greylisted_too_long_is_given_up_with_the_reason(tmp_path: Path) -> None:
    pace = {"give_up_hours": 0.00001}
    async with provider(tmp_path, f"450_rcpt,match={BEN}", pace=pace) as p:
        said = await p.hears(*ALL)

        assert await p.states() == EVERYBODY_SENT | {BEN: REFUSED}
        assert f"  {BEN}: tried for too long (450 4.2.1 come back later)\n" in said


@pytest.mark.failure(44)
async def test_a_refused_recipient_is_refused_alone(tmp_path: Path) -> None:
    async with provider(tmp_path, f"550_rcpt,match={BEN}") as p:
        said = await p.hears(*ALL)

        assert await p.states() == EVERYBODY_SENT | {BEN: REFUSED}
        assert f"  {BEN}: 550 5.1.1 no such user\n" in said


@pytest.mark.failure(44)
@pytest.mark.parametrize("fault", ["sender_refused", "421"])
async def test_a_relay_that_refuses_us_pauses_the_campaign_and_refuses_nobody(
    tmp_path: Path, fault: str
) -> None:
    async with provider(tmp_path, f"{fault},times=1") as p:
        said = await p.hears(*ALL)

        assert "Campaign 1: STOPPED, the relay does not take mail" in said
        assert await p.state() is CampaignState.PAUSED
        assert DeliveryState.REFUSED not in (await p.states()).values()
        await p.hears("campaign resume 1")
        assert (await p.states(), p.taken()) == (EVERYBODY_SENT, [ADA, BEN, CLEO])


# ---- what people write -----------------------------------------------------------------------


@pytest.mark.failure(45)
async def test_a_reason_with_a_second_line_is_refused_where_it_is_typed(tmp_path: Path) -> None:
    between = ("\r\n", "\r", "\n", "\0", "\x0b", "\u2028")
    lines = [NEW.replace("that came", f"{each}Bcc: mallory@example.org") for each in between]
    async with provider(tmp_path) as p:
        said = [await p.hears(line) for line in lines]

        assert ["control" in each for each in said] == [True] * len(between)
        assert await p.app.office.campaigns.campaigns() == ()


@pytest.mark.failure(45)
@pytest.mark.parametrize("name", ["Ada\r\nBcc: mallory@example.org", "Ada\nLowe", "Ada\0Lowe"])
async def test_a_name_with_a_second_line_does_not_get_past_the_inventory(
    tmp_path: Path, name: str
) -> None:
    async with closed(tmp_path, contacts=((name, ADA),)) as p:
        with pytest.raises(BadConfiguration) as refused:
            async with p.open():
                pass

    (fault,) = cast("tuple[Fault, ...]", refused.value.fields["faults"])
    assert (fault.problem, fault.key) == (Problem.BAD_TEXT, "contacts.c00.name")


@pytest.mark.failure(46)
async def test_one_mailbox_gets_one_mail_that_lists_all_its_guests(tmp_path: Path) -> None:
    contacts = (("Ada Lowe", ADA), ("Lowe & Daughters", "Ada@EXAMPLE.org"), ("Ben Carr", BEN))
    guests = [f"shop{number}" for number in range(9)]
    async with provider(tmp_path, contacts=contacts, guests=guests) as p:
        said = await p.hears(*ALL)

        assert p.taken() == [ADA, BEN]
        assert f"  {ADA}: Ada Lowe and Lowe & Daughters (11 guests)\n" in said
        (mail,) = p.mails(ADA)
        listed = re.findall(r"(?m)^- (\S+) on hobgoblin", str(mail.get_payload()))
        assert sorted(listed) == ["guest-c00", "guest-c01", *guests]


@pytest.mark.failure(47)
async def test_a_template_that_lacks_a_variable_is_named_with_it_and_nothing_is_sent(
    tmp_path: Path,
) -> None:
    timeline = [{"at": datetime(2021, 9, 1, tzinfo=UTC)}]
    values = {"timeline": timeline, "disk": "rolled_back", "lost": "since", "paragraph": "Sorry."}
    who = Recipient(address=ADA, items=({"guest": "g", "host": "h"},))
    draft = Draft(kind="incident", actor=ANNA, request_key="k", recipients=(who,), values=values)
    async with provider(tmp_path) as p:
        await p.app.office.campaigns.draft(draft)
        said = await p.hears("campaign preview 1", "campaign send 1")

        named = r'email/incident\.txt\.jinja cannot be used at line \d+: it wants "what", which'
        assert re.search(named, said)
        assert (await p.state(), p.relay.connections) == (CampaignState.DRAFT, 0)


# ---- what comes back -------------------------------------------------------------------------


@pytest.mark.failure(48)
async def test_a_post_that_the_list_holds_is_shown_as_held_and_posted_once(
    tmp_path: Path, announce: rest.FakeRest
) -> None:
    watch = {"rest": announce.address}
    async with closed(tmp_path, watch=watch, secrets={"rest_password": "secret"}) as p:
        async with p.open():
            await p.hears(f"{NEW} --announce", *ALL[1:], *POST)
        (post,) = p.mails(LIST)
        announce.held = [str(post["Message-ID"])]
        async with p.open():
            await until(lambda: told(p, ChangeEvent.PUBLICATION))

            assert "The list says: held for a moderator, not published;" in await p.hears(
                "campaign report 2"
            )
        assert p.taken().count(LIST) == 1


@pytest.mark.failure(48)
async def test_a_post_that_is_refused_is_shown_as_refused_and_never_posted_again(
    tmp_path: Path,
) -> None:
    async with closed(tmp_path, f"550_rcpt,match={LIST}") as p:
        async with p.open():
            await p.hears(f"{NEW} --announce", *ALL[1:], *POST)
        async with p.open():
            said = await p.hears("campaign report 2")

    assert f"refused     {LIST}  550 5.1.1 no such user\n" in said
    assert p.relay.trouble.struck == {"550_rcpt": 1}


@pytest.mark.failure(49)
async def test_a_bounce_counts_for_what_it_is_and_only_with_our_token(tmp_path: Path) -> None:
    came = {f"{each.__name__}@example.org": each for each in (hard, soft, away, forged)}
    box = maildir(tmp_path)
    async with closed(
        tmp_path,
        contacts=[(address.partition("@")[0], address) for address in came],
        watch={"bounces": str(box)},
    ) as p:
        async with p.open():
            await p.hears(*ALL)
        for mail in p.relay.mails:
            (box / "new" / mail.rcpt).write_bytes(came[mail.rcpt](mail.mail_from))
        async with p.open():
            await until(lambda: empty(box / "new"))
            said = await p.hears("suppressions")
            became = {each.address: each.bounce for each in (await p.report()).deliveries}

    assert became == dict(zip(came, ("hard", "soft", "", ""), strict=True))
    assert re.findall(r"(\w+)@example.org: no offers", said) == ["hard"]


@pytest.mark.failure(50)
async def test_reading_every_link_of_an_offer_changes_nothing(tmp_path: Path) -> None:
    async with provider(tmp_path) as p:
        await p.hears("optin reset --confirm", "campaign new trial-offer")
        await p.hears("campaign preview 3", "campaign approve 3", "campaign send 3")
        before = await p.hears("suppressions", "optin list")
        mail = p.mails(ADA)[0]
        known = {link: opened(p, link) for link in re.findall(rf"{PAGES}/[^\s<>\"]+", str(mail))}

        assert set(known.values()) == {"guest-c00", ADA}
        assert before == await p.hears("suppressions", "optin list")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"  # only a POST acts
