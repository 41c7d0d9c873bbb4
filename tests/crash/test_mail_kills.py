"""The real program is killed while it mails 2,000 customers, and so is the relay it speaks to.

No recipient gets a mail twice, none is lost, and the few of whom nobody can know are listed.
`--mail-kills N` kills more; a failure names its seed.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.crash.mail_account import at_the_end, while_dead
from tests.crash.mailing import CONNECTIONS, Mailing, Relay, mailing
from tests.crash.post_office import TAKEN, Order

if TYPE_CHECKING:
    from pathlib import Path

RECIPIENTS = 2000
KILLS = 20  # in each test
RELAYS = 2  # times that the relay is killed beside, in each test
SHARE = 0.4  # of the deaths are at boundaries of the database
_FARTHEST = 120  # boundaries; a whole campaign has some thousands
_MOST = 110  # mails between two deaths
#: Phases of the conversation in which somebody dies, and the most times that each is reached until
#: then: every mail comes through most of them, and a connection through the others.
_PHASES = {
    **dict.fromkeys(("mail", "rcpt", "data", "go", "first", "body", TAKEN, "idle"), _MOST),
    **dict.fromkeys(("connect", "quit"), 5),
}
#: A relay that does what it likes. What would strike an address again and again has an end.
FAULTS = (
    "550_rcpt,share=0.02",
    "552_rcpt,share=0.01",
    "450_then_ok,share=0.05",
    "554_body,share=0.02",
    "421,match=*3@*,times=2",
    "drop_before_dot,share=0.001",
    "drop_after_dot,share=0.001",
    "drop_after_dot_lost,share=0.001",
    "gibberish,share=0.0005",
    "drop_at_quit,times=3",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        kills, first = (metafunc.config.getoption(name) for name in ("--mail-kills", "--kill-seed"))
        metafunc.parametrize("seed", range(first, first + -(-kills // KILLS)))


def doom(here: Mailing, chance: Random) -> None:
    """Draw who dies next, and when."""
    if not here.living:
        at_boundary = chance.random() < SHARE
        here.bear(boundary=chance.randint(1, _FARTHEST) if at_boundary else 0)
        if at_boundary:
            return
    (victim,) = here.living
    assert victim.pid
    relay = here.relays_killed < RELAYS and chance.random() < RELAYS / KILLS
    phase = chance.choice(list(_PHASES))
    count = chance.randint(1, _PHASES[phase])
    here.relay.order(Order(pid=0 if relay else victim.pid, phase=phase, count=count))


async def live_through(here: Mailing, chance: Random, kills: int) -> list[str]:
    """Let processes die so many times, and the last one end; return what was ever wrong."""
    wrong: list[str] = []
    doom(here, chance)
    while await here.until_death():
        if not here.living:
            wrong += while_dead(await here.account(), CONNECTIONS)
        if here.killed < kills:
            doom(here, chance)
        elif not here.living:
            here.bear()
    here.end()
    most = CONNECTIONS * (here.killed + here.relays_killed)
    return [*wrong, *at_the_end(await here.account(), most)]


async def test_p9_p10_p11_killed_again_and_again_it_mails_everybody_once(
    tmp_path: Path, seed: int
) -> None:
    chance, kills = Random(seed), 0  # noqa: S311 - draws moments, no secrets
    while kills < KILLS:
        folder = tmp_path / f"after-{kills}"
        folder.mkdir()
        with Relay(folder, FAULTS, seed) as relay:
            async with mailing(folder, relay, RECIPIENTS) as here:
                wrong = await live_through(here, chance, KILLS - kills)
                assert not wrong, f"seed {seed}\n{wrong}\n{here.words()}"
                kills += here.killed
