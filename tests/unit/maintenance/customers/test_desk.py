"""What a customer can say by the page of a guest, and what is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.customers.stating import MOST
from bot.maintenance.customers.terms import By
from bot.rules.hold import Hold, Scope
from bot.rules.policy.terms import PolicySettings
from tests.unit.maintenance.customers.counter import (
    ADA,
    BEN,
    CONSENT,
    FROM,
    GOOD,
    Counter,
    counter,
    refusal,
)

if TYPE_CHECKING:
    from pathlib import Path


async def held(here: Counter, scope: Scope = Scope.GLOBAL, value: str = "") -> None:
    now = here.office.clock.now()
    await here.office.store.hold(
        Hold(scope=scope, value=value, reason="two damaged", opened_by="breaker", opened_at=now)
    )


# ---- opting in ----


async def test_an_opt_in_records_time_addresses_kernel_and_text(here: Counter) -> None:
    await here.opts_in()

    (said,) = await here.said()
    assert (said.wanted, said.how, said.kernel) == (True, "link", GOOD)
    assert (said.who, said.address) == (f"customer:{ADA}", FROM)
    assert (said.at, said.text) == (here.office.clock.now(), CONSENT.version)
    assert await here.office.store.consent_text(said.text) == CONSENT.text


async def test_an_opt_in_is_confirmed_by_mail_with_a_way_to_undo_it(here: Counter) -> None:
    await here.opts_in()

    ((kind, address, text),) = await here.mails()
    assert (kind, address) == ("optin-changed", ADA)
    assert "aster is opted in to suspend+restore" in text
    assert GOOD in text
    assert "https://panel.example.net/undo/" in text


@pytest.mark.parametrize(
    ("kernel", "verdict"),
    [
        ("3.16.0-11-amd64", "old"),
        ("4.1.99", "old"),
        ("", "empty"),
        ("debian 12", "not_in_full"),
        ("'; DROP TABLE opt_in", "unreadable"),
    ],
)
async def test_a_kernel_that_cannot_be_accepted_is_refused_with_why(
    here: Counter, kernel: str, verdict: str
) -> None:
    why, fields = await refusal(here.opts_in(kernel=kernel))

    assert (why, fields["verdict"], fields["minimum"]) == ("kernel", verdict, "4.2")
    assert (await here.said(), await here.mails()) == ([], [])


async def test_a_distributors_kernel_that_is_configured_as_fixed_is_accepted(
    tmp_path: Path,
) -> None:
    policy = PolicySettings(fixed_kernels=("3.10.0-*.el7.*",))
    async with counter(tmp_path, policy) as here:
        await here.opts_in(kernel="3.10.0-1160.el7.x86_64")

        assert (await here.page()).wanted


async def test_the_warning_must_be_confirmed(here: Counter) -> None:
    assert await refusal(here.opts_in(read=False)) == ("unread", {})
    assert await here.said() == []


async def test_the_same_form_sent_twice_is_one_statement_and_one_mail(here: Counter) -> None:
    seal = (await here.page()).seal

    await asyncio.gather(here.opts_in(seal=seal), here.opts_in(seal=seal))

    assert len(await here.said()) == 1
    assert len(await here.mails()) == 1


async def test_an_opt_in_on_a_page_that_is_overtaken_is_refused(here: Counter) -> None:
    old = (await here.page()).seal
    await here.opts_in()
    await here.opts_out()

    assert await refusal(here.opts_in(seal=old)) == ("changed", {})
    assert not (await here.page()).wanted


async def test_a_page_that_was_open_for_too_long_is_refused(here: Counter) -> None:
    seal = (await here.page()).seal
    here.office.later(hours=25)

    assert (await refusal(here.opts_in(seal=seal)))[0] == "seal"


async def test_opting_out_is_honoured_from_a_page_of_any_age(here: Counter) -> None:
    await here.opts_in()
    seal = (await here.page()).seal
    here.office.later(days=40)

    await here.opts_out(seal=seal)

    assert not (await here.page()).wanted


async def test_what_was_read_by_other_words_than_those_of_now_is_refused(here: Counter) -> None:
    office = here.office
    old = office.sources.links.seal("aster", 0, "another version", office.clock.now())

    assert (await refusal(here.opts_in(seal=old)))[0] == "seal"
    assert await here.said() == []


async def test_who_turns_round_and_round_is_asked_to_wait_and_may_still_opt_out(
    here: Counter,
) -> None:
    for _ in range(MOST // 2):
        await here.opts_in()
        await here.opts_out()

    assert (await refusal(here.opts_in()))[0] == "often"
    here.office.later(minutes=61)
    await here.opts_in()
    assert (await here.page()).wanted


async def test_the_same_said_again_a_moment_later_is_said_once(here: Counter) -> None:
    for _ in range(3):
        await here.opts_in()

    assert len(await here.said()) == 1
    assert len(await here.mails()) == 1


async def test_the_seal_of_another_guests_page_is_refused(here: Counter) -> None:
    seal = (await here.page("cedar")).seal

    assert (await refusal(here.opts_in(seal=seal)))[0] == "seal"
    assert (await refusal(here.opts_out(seal=seal)))[0] == "seal"


async def test_a_new_kernel_can_be_said_while_opted_in(here: Counter) -> None:
    await here.opts_in()
    await here.opts_in(kernel="6.9.1-arch1-1")

    assert [said.kernel for said in await here.said()] == [GOOD, "6.9.1-arch1-1"]


# ---- opting out ----


async def test_opting_out_is_honoured_from_a_page_that_is_overtaken(here: Counter) -> None:
    old = (await here.page()).seal
    await here.opts_in()

    await here.opts_out(seal=old)

    assert not (await here.page()).wanted
    assert "opted out of suspend+restore" in (await here.mails())[-1][2]


async def test_opting_out_twice_is_said_once(here: Counter) -> None:
    await here.opts_in()
    await here.opts_out()
    await here.opts_out()

    assert [said.wanted for said in await here.said()] == [True, False]
    assert len(await here.mails()) == 2


async def test_who_is_out_already_needs_no_statement(here: Counter) -> None:
    await here.opts_out()

    assert await here.said() == []


async def test_a_guest_whose_contact_has_no_address_can_opt_in_without_a_mail(
    here: Counter,
) -> None:
    await here.opts_in("dogwood")

    assert (await here.page("dogwood")).wanted
    assert await here.mails() == []


async def test_what_staff_state_for_a_customer_is_confirmed_too(here: Counter) -> None:
    await here.office.notices.state("aster", wanted=True, kernel=GOOD, actor="os:ann")

    ((_, address, text),) = await here.mails()
    assert address == ADA
    assert "Our staff recorded it" in " ".join(text.split())


# ---- links ----


async def test_a_revoked_link_opens_nothing_and_a_new_one_does(here: Counter) -> None:
    before = await here.token()
    await here.office.notices.revoke("aster")

    assert await refusal(here.desk.page(before)) == ("link", {})
    assert (await here.page()).guest == "aster"
    assert (await here.page("birch")).guest == "birch"


async def test_a_link_that_has_expired_is_answered_as_a_forged_one(here: Counter) -> None:
    token = await here.token()
    here.office.later(days=91)

    assert await refusal(here.desk.page(token)) == await refusal(here.desk.page("forged"))


async def test_links_are_mailed_to_a_registered_contact_for_all_of_their_guests(
    here: Counter,
) -> None:
    await here.desk.send_links("  ADA@lowe.example.com ")

    ((kind, address, text),) = await here.mails()
    assert (kind, address) == ("optin-links", ADA)
    assert text.count("https://panel.example.net/optin/") == 2
    assert "aster" in text
    assert "birch" in text
    assert "cedar" not in text


@pytest.mark.parametrize("address", ["nobody@example.org", "", "no address", "a@b\r\nBcc: c@d"])
async def test_links_are_mailed_to_nobody_else(here: Counter, address: str) -> None:
    await here.desk.send_links(address)

    assert await here.mails() == []


# ---- undoing ----


def undo_in(mail: tuple[str, str, str]) -> str:
    link = next(word for word in mail[2].split() if "/undo/" in word)
    return link.rpartition("/")[2]


async def undone(here: Counter, token: str) -> str:
    page = await here.desk.undo_page(token)
    return await here.desk.undo(token, seal=page.seal, address=FROM)


async def test_an_opt_in_is_taken_back_by_the_link_in_its_mail(here: Counter) -> None:
    await here.opts_in()

    path = await undone(here, undo_in((await here.mails())[0]))

    assert path == f"/optin/{await here.token()}"
    assert [said.how for said in await here.said()] == ["link", "undo"]
    assert not (await here.page()).wanted
    assert (await here.page()).history[0].undone


async def test_an_opt_out_is_taken_back_with_the_kernel_that_was_attested(here: Counter) -> None:
    await here.opts_in()
    await here.opts_out()

    await undone(here, undo_in((await here.mails())[1]))

    page = await here.page()
    assert (page.wanted, page.kernel) == (True, GOOD)


async def test_an_undo_makes_the_word_on_a_kernel_no_younger(here: Counter) -> None:
    await here.opts_in()
    first = here.office.clock.now()
    here.office.later(days=60)
    await here.opts_out()

    await undone(here, undo_in((await here.mails())[1]))

    assert (await here.said())[-1].attested == first


async def test_an_undo_is_good_once(here: Counter) -> None:
    await here.opts_in()
    token = undo_in((await here.mails())[0])
    await undone(here, token)

    assert (await refusal(here.desk.undo_page(token)))[0] == "undone"


async def test_an_undo_is_void_once_something_else_was_said(here: Counter) -> None:
    await here.opts_in()
    token = undo_in((await here.mails())[0])
    await here.opts_out()

    assert (await refusal(here.desk.undo_page(token)))[0] == "undone"


async def test_an_undo_does_not_opt_in_by_a_kernel_that_is_refused_now(here: Counter) -> None:
    await here.office.say("aster", kernel="3.16.0-11-amd64")
    before = (await here.said())[0].number
    await here.opts_out()

    link = here.office.sources.links.undo("aster", 0, before, here.office.clock.now())
    assert (await refusal(here.desk.undo_page(link.rpartition("/")[2])))[0] == "undone"


# ---- what the page shows ----


async def test_a_hold_is_shown_and_the_wish_recorded_all_the_same(here: Counter) -> None:
    await held(here)
    await here.opts_in()

    page = await here.page()
    assert (page.wanted, page.held) == (True, here.office.clock.now())
    assert "not honouring" in (await here.mails())[0][2]


@pytest.mark.parametrize(
    ("scope", "value", "shown"),
    [
        (Scope.HOST, "hobgoblin", True),
        (Scope.HOST, "clockwork", False),
        (Scope.GUEST, "aster", True),
        (Scope.GUEST, "birch", False),
        (Scope.KERNEL, "xen/pv/linux-6.1", True),
        (Scope.KERNEL, "xen/pv/linux-3.16", False),
    ],
)
async def test_a_narrower_hold_is_shown_to_whom_it_concerns(
    here: Counter,
    scope: Scope,
    value: str,
    shown: bool,  # noqa: FBT001 - a column of the table
) -> None:
    await here.opts_in()
    await held(here, scope, value)

    assert ((await here.page()).held is not None) is shown


async def test_the_history_names_no_staff(here: Counter) -> None:
    await here.office.notices.state("aster", wanted=True, kernel=GOOD, actor="os:ann")
    await here.opts_out()

    assert [said.by.value for said in (await here.page()).history] == ["you", "us"]


async def test_what_another_contact_said_is_not_shown_as_this_ones(here: Counter) -> None:
    await here.office.say("aster", kernel=GOOD)

    assert (await here.page()).by is By.BEFORE


async def test_the_link_of_one_guest_says_nothing_of_another(here: Counter) -> None:
    await here.opts_in("birch")

    assert "birch" not in repr(await here.page("aster"))
    assert BEN not in repr(await here.page("aster"))


async def test_an_infrastructure_guest_has_no_page(here: Counter) -> None:
    links, now = here.office.sources.links, here.office.clock.now()

    token = links.of("resolver", 0, now).rpartition("/")[2]
    assert await refusal(here.desk.page(token)) == ("link", {})


# ---- trials ----


async def asks(here: Counter, kernel: str = GOOD, note: str = "after 20:00") -> None:
    page = await here.page()
    await here.desk.ask_trial(
        await here.token(), seal=page.seal, kernel=kernel, note=note, address=FROM
    )


async def test_a_trial_is_asked_for_and_confirmed(here: Counter) -> None:
    await asks(here)

    page = await here.page()
    assert (page.trials.asked, page.trials.note) == (here.office.clock.now(), "after 20:00")
    assert "trial" in (await here.mails())[0][2]


async def test_a_trial_is_refused_for_an_old_kernel(here: Counter) -> None:
    assert (await refusal(asks(here, kernel="2.6.32-754.el6.x86_64")))[1]["verdict"] == "old"
    assert await here.office.store.trial_wishes() == {}


async def test_a_trial_takes_the_kernel_that_was_attested_before(here: Counter) -> None:
    await here.opts_in()
    await asks(here, kernel="")

    assert (await here.office.store.trial_wishes())["aster"].kernel == GOOD


async def test_a_wish_for_a_trial_is_withdrawn(here: Counter) -> None:
    await asks(here)
    page = await here.page()

    await here.desk.withdraw_trial(await here.token(), seal=page.seal, address=FROM)

    assert (await here.page()).trials.asked is None
    assert len(await here.office.store.trial_statements()) == 2


async def test_a_trial_asked_for_twice_at_once_is_one_wish_and_one_mail(here: Counter) -> None:
    await asyncio.gather(asks(here), asks(here))

    assert len(await here.office.store.trial_statements()) == 1
    assert len(await here.mails()) == 1


async def test_a_note_is_kept_without_what_could_steer_a_terminal(here: Counter) -> None:
    await asks(here, note="after\x00 20:00\x1b[31m,\r\nnot Friday")

    assert (await here.page()).trials.note == "after 20:00[31m, not Friday"
    assert len(await here.mails()) == 1


async def test_who_opts_out_wants_no_trial_until_asking_anew(here: Counter) -> None:
    await here.opts_in()
    await asks(here)
    here.office.later(minutes=1)
    await here.opts_out()
    assert (await here.page()).trials.asked is None
    here.office.later(minutes=1)

    await asks(here)

    assert (await here.page()).trials.asked == here.office.clock.now()


async def test_a_trial_asked_for_twice_is_one_wish(here: Counter) -> None:
    await asks(here)
    here.office.later(minutes=timedelta(hours=1).total_seconds() / 60)
    await asks(here)

    assert len(await here.office.store.trial_statements()) == 1


async def test_an_undo_leads_nobody_past_a_reset(here: Counter) -> None:
    await here.opts_in()
    await here.opts_in("cedar")
    here.office.later(minutes=1)
    await here.opts_out()
    link = undo_in((await here.mails())[-1])
    here.office.later(minutes=1)
    await here.office.notices.reset("os:ann", "reset")

    assert (await refusal(here.desk.undo_page(link)))[0] == "undone"


async def test_an_opt_out_that_could_not_be_taken_back_offers_no_undo(here: Counter) -> None:
    await here.office.say("aster", kernel="3.16.0-11-amd64")
    await here.opts_out()

    assert "/undo/" not in (await here.mails())[0][2]
