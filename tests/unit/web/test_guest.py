"""The personal page of a guest: what it shows, what its forms do, and how they are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.maintenance.customers.terms import By, Coming, Course, Now, Trials
from bot.rules.policy.attesting import KernelVerdict
from tests.unit.web.memory import AT, Memory
from tests.unit.web.reader import Reader

PAGE = "/optin/link-mulberry"
SEAL = "seal-mulberry-0"
GOOD = {"seal": SEAL, "kernel": "6.1.0-13-amd64", "read": "yes"}

#: One text for each way of not being accepted.
REFUSED = {
    KernelVerdict.OLD: ("3.16.0-4-amd64", "older than 4.2"),
    KernelVerdict.EMPTY: ("", "Enter the kernel"),
    KernelVerdict.NOT_IN_FULL: ("6.1", "only a part"),
    KernelVerdict.OTHER_SYSTEM: ("13.2-RELEASE", "no Linux kernel"),
    KernelVerdict.OWN_COMPUTER: ("5.15.90.1-microsoft-standard-WSL2", "your own computer"),
    KernelVerdict.UNREADABLE: ("hello there", "cannot read this as a kernel"),
    KernelVerdict.TOO_LONG: ("x" * 1001, "longer than anything"),
}


async def test_who_opts_in_sees_it_at_the_top_of_the_page(reader: Reader, memory: Memory) -> None:
    done = await reader.post(f"{PAGE}/in", GOOD)
    page = await reader.get(done.headers["location"])

    assert (done.status, done.headers["location"]) == (303, PAGE)
    assert memory.changes == [("mulberry", "in", "192.0.2.7")]
    assert "Opted in Since Monday 20 September 2021, 18:30 UTC (19:30 BST), by you." in page.plain
    assert "Kernel: 6.1.0-13-amd64" in page.plain


async def test_opting_out_is_one_press(reader: Reader, memory: Memory) -> None:
    await reader.post(f"{PAGE}/in", GOOD)
    assert f"{PAGE}/out" in (await reader.get(PAGE)).forms

    done = await reader.post(f"{PAGE}/out", {"seal": "seal-mulberry-1"})

    assert done.status == 303
    assert memory.changes[-1] == ("mulberry", "out", "192.0.2.7")
    assert "Not opted in" in (await reader.get(PAGE)).plain


@pytest.mark.parametrize("verdict", REFUSED)
async def test_a_kernel_that_is_not_accepted_is_kept_in_the_form_and_explained(
    reader: Reader, memory: Memory, verdict: KernelVerdict
) -> None:
    kernel, words = REFUSED[verdict]

    page = await reader.post(f"{PAGE}/in", {**GOOD, "kernel": kernel})

    assert page.status == 422
    assert page.plain.count(words) >= 2  # in the summary, and beside the field
    assert f'name="kernel" type="text" value="{kernel}"' in page.text
    assert ('role="alert"' in page.text, "checked" in page.text) == (True, True)
    assert 'aria-describedby="kernel-hint kernel-fault" aria-invalid="true"' in page.text
    assert memory.changes == []


async def test_every_verdict_that_refuses_has_a_case_here() -> None:
    assert {verdict for verdict in KernelVerdict if not verdict.may_opt_in} == set(REFUSED)


async def test_an_old_kernel_gets_the_reason_and_the_way_out(reader: Reader) -> None:
    page = await reader.post(f"{PAGE}/in", {**GOOD, "kernel": "2.6.32-754.el6.x86_64"})

    assert "before 4.2-rc7" in page.plain
    assert "apt install linux-image-amd64/jessie-backports" in page.plain


async def test_the_warning_has_to_be_confirmed(reader: Reader, memory: Memory) -> None:
    page = await reader.post(f"{PAGE}/in", {"seal": SEAL, "kernel": "6.1.0-13-amd64"})

    assert (page.status, memory.changes) == (422, [])
    assert "Please read the warning, and tick the box" in page.plain
    assert 'value="6.1.0-13-amd64"' in page.text


@pytest.mark.parametrize("end", ["in", "out", "trial", "trial/withdraw"])
async def test_without_the_token_of_the_page_nothing_is_changed(
    reader: Reader, memory: Memory, end: str
) -> None:
    page = await reader.post(f"{PAGE}/{end}", {**GOOD, "seal": "seal-rookery-0"})

    assert (page.status, memory.changes) == (409, [])
    assert "The page was open for too long Nothing was changed." in page.plain


async def test_of_two_tabs_the_second_is_shown_what_is_true_now(
    reader: Reader, memory: Memory
) -> None:
    await reader.post(f"{PAGE}/in", GOOD)

    page = await reader.post(f"{PAGE}/in", {**GOOD, "kernel": "5.10.0-8-amd64"})

    assert (page.status, len(memory.changes)) == (409, 1)
    assert "Something was changed meanwhile" in page.plain
    assert "Kernel: 6.1.0-13-amd64" in page.plain


async def test_the_same_form_sent_twice_is_one_statement(reader: Reader, memory: Memory) -> None:
    first = await reader.post(f"{PAGE}/in", GOOD)
    second = await reader.post(f"{PAGE}/in", GOOD)

    assert (first.status, second.status, len(memory.changes)) == (303, 303, 1)


async def test_a_hold_is_said_beside_the_wish(reader: Reader, memory: Memory) -> None:
    await reader.post(f"{PAGE}/in", GOOD)
    held = replace(memory.pages["mulberry"], held=AT - timedelta(days=9))
    memory.pages["mulberry"] = held

    page = await reader.get(PAGE)

    assert "Your wish is recorded, and we are not honouring it at present. Since" in page.plain


async def test_a_trial_is_asked_for_and_withdrawn(reader: Reader, memory: Memory) -> None:
    trial = {"seal": SEAL, "kernel": "6.1.0-13-amd64", "note": "any <evening>"}
    asked = await reader.post(f"{PAGE}/trial", trial)
    page = await reader.get(PAGE)
    withdrawn = await reader.post(f"{PAGE}/trial/withdraw", {"seal": SEAL})

    assert (asked.status, withdrawn.status) == (303, 303)
    assert "any &lt;evening&gt;" in page.text
    assert f"{PAGE}/trial/withdraw" in page.forms
    assert [change[1] for change in memory.changes] == ["trial", "no trial"]


async def test_a_refused_trial_keeps_what_was_typed(reader: Reader) -> None:
    page = await reader.post(f"{PAGE}/trial", {"seal": SEAL, "kernel": "6.1", "note": "at night"})

    assert page.status == 422
    assert "The trial was not noted" in page.plain
    assert 'href="#trial-kernel"' in page.text
    assert "at night</textarea>" in page.text


@pytest.mark.parametrize("outcome", ["passed", "rolled_back", "unreachable", "failed"])
async def test_every_outcome_of_a_trial_has_words(
    reader: Reader, memory: Memory, outcome: str
) -> None:
    tried = Trials(tried=AT, outcome=outcome)
    memory.pages["mulberry"] = replace(memory.pages["mulberry"], trials=tried)

    assert "Last trial, Monday 20 September 2021" in (await reader.get(PAGE)).plain


async def test_each_state_in_a_run_and_each_speaker_has_its_own_words(
    reader: Reader, memory: Memory
) -> None:
    seen = set()
    for now in Now:
        course = Course(now=now, started=AT)
        memory.pages["mulberry"] = replace(memory.pages["mulberry"], course=course)
        seen.add((await reader.get(f"{PAGE}/progress")).plain)
    for by in By:
        memory.pages["rookery"] = replace(memory.pages["rookery"], since=AT, by=by)
        seen.add((await reader.get("/optin/link-rookery")).plain)

    assert len(seen) == len(Now) + len(By)


async def test_progress_shows_itself_anew_until_the_reader_stops_it(
    reader: Reader, memory: Memory
) -> None:
    course = Course(now=Now.SUSPENDED, started=AT)
    coming = Coming(start=AT, end=AT + timedelta(hours=2), reason="", under_way=True)
    page = replace(memory.pages["mulberry"], course=course, coming=(coming,))
    memory.pages["mulberry"] = page

    moving = await reader.get(f"{PAGE}/progress")
    still = await reader.get(f"{PAGE}/progress?still")

    assert moving.headers["refresh"] == "15"
    assert "refresh" not in still.headers
    assert "refresh" not in (await reader.get(PAGE)).headers  # it would take away what is typed


async def test_looking_at_where_forms_go_leads_to_the_page(reader: Reader) -> None:
    for end in ("in", "out", "trial", "trial/withdraw"):
        answer = await reader.get(f"{PAGE}/{end}")
        assert (answer.status, answer.headers["location"]) == (303, PAGE)
