"""A campaign through a real Postfix, which then tells what became of what nobody answered for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifications.bounces.report import BounceKind, understood
from notifications.clock import MachineClock
from notifications.compose.tokens import Tokens
from notifications.relay_log import RelayLog
from notifications.states import DeliveryState
from tests.integration.patience import until
from tests.integration.pipeline import SECRETS, Pipeline, house, pipeline
from tests.integration.postfix_server import Postfix
from tests.integration.vanishing import vanishing
from tests.smtpd import Smtpd

# In every new database campaigns are counted from 1, and the log is one for all tests: each
# writes to addresses of its own, so that its Message-IDs are its own.
TOKENS = Tokens(SECRETS.key)


@pytest.fixture
async def sink(postfix: Postfix) -> AsyncIterator[Smtpd]:
    async with Smtpd(port=postfix.sink) as sink:
        yield sink


@pytest.fixture
async def mails(postfix: Postfix, tmp_path: Path) -> AsyncIterator[Pipeline]:
    async with pipeline(tmp_path, postfix.port, house()) as mails:
        yield mails


async def states(mails: Pipeline, number: int) -> dict[str, DeliveryState]:
    report = await mails.campaigns.report(number)
    return {each.address: each.state for each in report.deliveries}


async def arrived(sink: Smtpd, count: int) -> None:
    async def enough() -> bool:
        return len(sink.mails) >= count

    await until(enough)


async def test_a_campaign_arrives_once_for_each_and_refusals_are_told(
    mails: Pipeline, sink: Smtpd
) -> None:
    good = [f"guest{n}@example.org" for n in range(25)]

    number = await mails.mail(*good, "nobody@example.org")

    await arrived(sink, 25)
    assert sorted(mail.rcpt for mail in sink.mails) == sorted(good)
    expected = dict.fromkeys(good, DeliveryState.SENT)
    assert await states(mails, number) == expected | {"nobody@example.org": DeliveryState.REFUSED}


async def test_the_return_path_survives_the_relay(mails: Pipeline, sink: Smtpd) -> None:
    number = await mails.mail("guest@example.org")

    await arrived(sink, 1)
    (delivery,) = (await mails.campaigns.report(number)).deliveries
    assert TOKENS.delivery(sink.mails[0].mail_from) == delivery.id


@pytest.mark.failure(40)
async def test_an_answer_that_was_lost_after_the_dot_is_found_in_the_log(
    postfix: Postfix, sink: Smtpd, tmp_path: Path
) -> None:
    """P9, P10: uncertain at first, and settled without sending it again."""
    async with (
        vanishing(postfix.port, after_dot=True) as port,
        pipeline(tmp_path, port, house()) as mails,
    ):
        number = await mails.mail("lost@example.org")
        assert await states(mails, number) == {"lost@example.org": DeliveryState.UNCERTAIN}
        log = RelayLog(mails.database, MachineClock(), TOKENS, house().domain, postfix.log)

        async def settled() -> bool:
            return await log.look() == 1

        await until(settled)

        assert await states(mails, number) == {"lost@example.org": DeliveryState.SENT}
        await arrived(sink, 1)


@pytest.mark.failure(40)
async def test_what_was_cut_off_before_the_dot_is_not_settled(
    postfix: Postfix, sink: Smtpd, tmp_path: Path
) -> None:
    async with (
        vanishing(postfix.port, after_dot=False) as port,
        pipeline(tmp_path, port, house()) as mails,
    ):
        number = await mails.mail("cut@example.org")
        log = RelayLog(mails.database, MachineClock(), TOKENS, house().domain, postfix.log)

        async def noticed() -> bool:
            return "lost connection after DATA (" in postfix.log.read_text()

        await until(noticed)

        assert await log.look() == 0
        assert await states(mails, number) == {"cut@example.org": DeliveryState.UNCERTAIN}
        assert sink.mails == []


@pytest.mark.failure(49)
async def test_what_the_next_relay_refuses_comes_back_as_a_report_we_understand(
    postfix: Postfix, tmp_path: Path
) -> None:
    async with (
        Smtpd(port=postfix.sink, faults=("550_rcpt,match=gone@*",)) as sink,
        pipeline(tmp_path, postfix.port, house()) as mails,
    ):
        number = await mails.mail("gone@example.org")
        await arrived(sink, 1)

        report = understood(sink.mails[0].content)

        assert report is not None
        assert (report.kind, report.status) == (BounceKind.HARD, "5.1.1")
        (delivery,) = (await mails.campaigns.report(number)).deliveries
        assert [TOKENS.delivery(each) for each in report.to] == [delivery.id] * len(report.to)
