"""What a check says of a host, in the order in which it is reached."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.maintenance.host_check import Way, check, said
from bot.maintenance.reality import Finding
from bot.maintenance.words import Words
from bot.rules.errors import Code, ContactLost
from bot.rules.fleet import Fleet, GuestFacts, Host, HostFacts
from tests.unit.rules.plans import host_facts

WORDS = Words(Path(__file__).parents[3] / "templates" / "chat")
WAY = Way(address="imp.example.net", user="root", version="0123456789ab")
FLEET = Fleet(hosts={"imp": Host(name="imp")})


@dataclass(frozen=True)
class Looked:
    what: str
    good: bool = True
    fields: dict[str, object] = field(default_factory=dict)


@dataclass
class Told:
    """A host that answers, or fails with a problem at one of its questions."""

    problem: str = ""
    at: str = "check"
    name: str = "imp"
    looked: tuple[Looked, ...] = (Looked("python", good=True, fields={"version": "3.11.2"}),)

    def _asked(self, question: str) -> None:
        if self.problem and question == self.at:
            known = {"host": "imp", "problem": self.problem, "detail": "so"}
            raise ContactLost(Code.CONTACT_LOST, **known)

    async def check(self) -> tuple[Looked, ...]:
        self._asked("check")
        return self.looked

    async def facts(self) -> HostFacts:
        self._asked("facts")
        return host_facts()

    async def guests(self) -> tuple[GuestFacts, ...]:
        self._asked("guests")
        return ()


async def codes(host: Told) -> list[str]:
    found = await check(host, WAY, FLEET)
    return [one.code if one.good else f"not {one.code}" for one in found]


async def test_a_host_that_is_ready_is_told_from_the_way_to_the_guests() -> None:
    assert await codes(Told()) == [
        *("reached", "host_key", "admitted", "helper", "python"),
        *("inventory_agrees", "image_space"),
    ]


@pytest.mark.parametrize(
    ("problem", "before"),
    [
        ("unreachable", []),
        ("key_unusable", []),
        ("no_answer", []),
        ("host_key_unknown", ["reached"]),
        ("host_key_changed", ["reached"]),
        ("not_admitted", ["reached", "host_key"]),
        ("helper_missing", ["reached", "host_key", "admitted"]),
        ("helper_other", ["reached", "host_key", "admitted"]),
        ("helper_settings", ["reached", "host_key", "admitted", "helper"]),
    ],
)
async def test_what_was_right_before_the_way_ends_is_told(problem: str, before: list[str]) -> None:
    assert await codes(Told(problem=problem)) == [*before, "not contact"]


async def test_what_a_silent_hypervisor_was_named_for_is_not_told_again() -> None:
    bad = Looked("hypervisor", good=False, fields={"problem": "timed_out", "detail": "virsh"})

    assert (await codes(Told(problem="tool_timed_out", at="guests", looked=(bad,))))[-1] == (
        "not hypervisor"
    )


async def test_contact_that_ends_in_the_middle_is_told_after_what_came() -> None:
    assert (await codes(Told(problem="cut", at="guests")))[-2:] == ["python", "not contact"]


def test_a_line_says_what_is_wrong_and_what_to_type() -> None:
    known = {"host": "imp", "problem": "helper_other", "detail": "0b"}

    line, good = said(WORDS, Finding(code="contact", good=False, fields=known))

    assert not good
    assert "another version" in line
    assert line.endswith("maint host install imp")
