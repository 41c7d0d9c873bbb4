"""Two processes of the real program share a campaign over PostgreSQL, and one of them is killed.

Its lease is over after some seconds; then the other finishes what it had in hand.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests.crash.mail_account import at_the_end
from tests.crash.mailing import CONNECTIONS, Relay, mailing
from tests.crash.post_office import TAKEN, Order
from tests.integration.test_store_postgresql import new_database

if TYPE_CHECKING:
    from pathlib import Path

RECIPIENTS = 600
FAULTS = ("550_rcpt,share=0.02", "450_then_ok,share=0.05", "drop_after_dot,share=0.002")
BEFORE = 200  # mails that are accepted before one is killed
COMMITS = 60  # before one freezes; it has begun to mail by then


async def test_p9_p10_what_a_killed_worker_had_in_hand_another_brings_to_its_end(
    tmp_path: Path, postgresql: str
) -> None:
    with Relay(tmp_path, FAULTS, seed=2021) as relay:
        async with mailing(tmp_path, relay, RECIPIENTS, new_database(postgresql)) as here:
            victim, _ = here.bear(), here.bear()
            assert victim.pid
            relay.order(Order(pid=victim.pid, phase=TAKEN, count=BEFORE))

            while await here.until_death():
                pass
            here.end()

            assert here.killed == 1
            assert list(at_the_end(await here.account(), CONNECTIONS)) == []


async def test_p9_a_worker_that_froze_in_a_transaction_stops_nobody_and_repeats_nothing(
    tmp_path: Path, postgresql: str
) -> None:
    with Relay(tmp_path, FAULTS, seed=2021) as relay:
        async with mailing(tmp_path, relay, RECIPIENTS, new_database(postgresql)) as here:
            frozen, _ = here.bear(freezes=COMMITS), here.bear()
            assert frozen.pid

            assert not await here.until_death()
            os.kill(frozen.pid, signal.SIGCONT)
            here.end()

            account = await here.account()
            assert not account.unexplained  # it knew the answers
            assert list(at_the_end(account, 0)) == []
