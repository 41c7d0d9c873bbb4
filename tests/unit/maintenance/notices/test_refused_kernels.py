"""Kernels that staff state for a customer: what is refused, in which words, what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.maintenance.notices.optins import refuse_kernel
from bot.maintenance.words import Words
from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import Guest
from bot.rules.policy.attesting import KernelVerdict
from bot.rules.policy.terms import PolicySettings
from tests.unit.maintenance.notices.office import ANN, Office

WORDS = Words(Path(__file__).parents[4] / "templates" / "chat")
ASTER = Guest(name="aster", host="hobgoblin", uuid="u1")


@pytest.mark.parametrize(
    ("kernel", "problem", "words"),
    [
        (" ", "empty", "no kernel was typed"),
        ("8.11", "not_in_full", "a distribution's version"),
        ("Debian 12", "not_in_full", "a distribution's version"),
        ("13.2-RELEASE", "other_system", "of another system"),
        ("4.4.0-19041-Microsoft", "own_computer", "somebody's own computer"),
        ("6.1.0-" + "a" * 100, "too_long", "longer than"),
        ("new", "unreadable", "such as 5.10.0-8-amd64"),
        ("Linux 3.16.0-4-amd64", "old", "its kernel 3.16.0-4-amd64 is older than 4.2-rc7"),
    ],
)
def test_a_refused_kernel_is_answered_with_what_it_seems_to_be(
    kernel: str, problem: str, words: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        refuse_kernel(ASTER, kernel, PolicySettings())

    assert (refused.value.code, refused.value.fields["problem"]) == (Code.KERNEL_REFUSED, problem)
    assert words in WORDS.say("errors", "kernel_refused", **refused.value.fields)


@pytest.mark.parametrize("verdict", [each for each in KernelVerdict if not each.may_opt_in])
def test_every_refusal_says_that_nothing_was_changed_and_what_to_do(verdict: KernelVerdict) -> None:
    said = WORDS.say(
        "errors",
        "kernel_refused",
        guest="aster",
        kernel="6.1",
        problem=verdict.value,
        minimum="4.2-rc7",
    )

    assert said.startswith("aster was not opted in: ")
    assert "Nothing was changed. " in said
    assert "\n" not in said


async def test_of_what_staff_paste_the_release_is_recorded(desk: Office) -> None:
    pasted = "Linux aster 5.10.0-8-amd64 #1 SMP Debian 5.10.46-4 (2021-08-03) x86_64 GNU/Linux"
    said = await desk.notices.state("aster", wanted=True, kernel=pasted, actor=ANN)

    assert said.kernel == "5.10.0-8-amd64"
