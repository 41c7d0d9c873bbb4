"""The chat of staff: acknowledged whatever comes of it, done once, and names shown as they are."""

from __future__ import annotations

import asyncio
import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.chat.slack.blocks import drawn
from bot.chat.slack.connection import route
from bot.rules.run.journal import Event
from tests.night import HOST, guest, night
from tests.property.slack_payloads import form, line, press
from tests.property.slack_posts import answer, post_of
from tests.property.slack_room import WENDY, Doorman, room
from tests.property.slack_shelf import Shelf
from tests.unit.chat.memory import MemoryDesk
from tests.unit.chat.slack.judged import broken, buttons, said, seen, texts
from tests.unit.maintenance.journals import GRANT, WORDS, Journal, plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.ports import Asked
    from tests.property.slack_payloads import Payload
    from tests.property.slack_room import Room

LINE = 'hold "old blkfront"'
SAID = {"user": WENDY, "text": f"<@U0BOT> {LINE}", "channel": "C1", "ts": "1629921600.000100"}
#: One request in every way in which Slack delivers one.
DELIVERIES = {
    "command": line(WENDY, LINE),
    "mention": {"type": "event_callback", "event": {"type": "app_mention", **SAID}},
    "press": press(WENDY, LINE),
    "form": form(WENDY, HOST),
}
every_way = pytest.mark.parametrize("payload", DELIVERIES.values(), ids=DELIVERIES)


async def delivered(payload: Payload, to: Room, times: int = 1) -> list[int]:
    """Deliver one signed request over HTTP, again and again; return the answers' statuses."""
    doorman, post = Doorman(), post_of(payload).signed()
    doorman.to = to
    return [await answer(route(doorman.app), post) for _ in range(times)]


class Broken:
    """A handler whose work begins, and raises when it goes on."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()

    async def handle(self, _: object) -> None:
        await self.goes_on.wait()
        raise RuntimeError


@pytest.mark.failure(51)
@every_way
async def test_work_that_raises_takes_no_acknowledgement_back(
    payload: Payload, caplog: pytest.LogCaptureFixture
) -> None:
    to, work = await room(Shelf(), MemoryDesk()), Broken()
    to.front._handler = cast("Any", work)

    assert await delivered(payload, to) == [200]
    work.goes_on.set()
    await to.settle()

    assert "RuntimeError" in caplog.text


class SlowShelf(Shelf):
    """Records when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def asked(self, asked: Asked) -> str:
        self.begun.set()
        await self.goes_on.wait()
        return await super().asked(asked)


@pytest.mark.failure(51)
@every_way
async def test_nothing_is_acknowledged_before_it_is_recorded(payload: Payload) -> None:
    shelf = SlowShelf()
    to = await room(shelf, MemoryDesk())

    answered = asyncio.create_task(delivered(payload, to))
    await shelf.begun.wait()
    assert not answered.done()
    shelf.goes_on.set()

    assert await answered == [200]
    await to.settle()


class BrokenFront:
    """A front with a defect."""

    async def command(self, body: Mapping[str, Any]) -> None:
        raise RuntimeError(body)

    mention = press = submit = command


@pytest.mark.failure(51)
@every_way
async def test_what_was_not_recorded_is_refused_at_once(
    payload: Payload, caplog: pytest.LogCaptureFixture
) -> None:
    to = replace(await room(Shelf(), MemoryDesk()), front=cast("Any", BrokenFront()))

    assert await delivered(payload, to) == [400]
    assert "RuntimeError" in caplog.text


@pytest.mark.failure(55)
@every_way
async def test_a_signed_request_that_is_replayed_acts_once(
    tmp_path: Path, payload: Payload
) -> None:
    async with night(tmp_path, guest("a")) as n:
        to = await room(n.store, cast("Any", n.desk))

        assert await delivered(payload, to, times=3) == [200] * 3
        await to.settle()

        (row,) = await n.store.audits()
        assert (row.actor, row.result) == (f"slack:{WENDY}", "done")
        assert len(await n.store.runs()) + len(await n.store.holds()) == 1


def damaged(name: str) -> Journal:
    """A run in which a guest without a disk snapshot came back damaged, to its end."""
    whole = plan([name], ["vps2"])
    journal = Journal(plan=replace(whole, steps=tuple(replace(s, pair=False) for s in whole.steps)))
    journal.did("save", name, image="r1-1").did("verify", name).did("shutdown", "vps2")
    journal.add(Event.PHASE, to="host_work", why="drained")
    journal.add(Event.PHASE, to="bring_up", why="ready", kernel="5.10.46").restore(name)
    journal.look(name, "damage", lines=[f"{name}: {GRANT}"]).did("pause", name).did("destroy", name)
    return journal.did("boot", "vps2").look("vps2", "up").add(Event.ENDED, exit_status=1)


@pytest.mark.failure(53)
@pytest.mark.parametrize("name", ["<!channel>", "*bold*", "x" * 200])
def test_a_guest_of_any_name_is_escaped_and_cut(name: str) -> None:
    shown = [drawn(message, "1", words=WORDS) for message in damaged(name).told()]

    for each in shown:
        assert broken(each.blocks) == []  # labels that are too long among others
        marked = [text["text"] for text in texts(each.blocks) if text["type"] == "mrkdwn"]
        assert set().union(seen(each.text), *map(seen, marked)) <= {"bold"}
        assert "<!" not in json.dumps([each.text, each.blocks])
    assert any(name in said(each.blocks) for each in shown)
    labels = [html.unescape(b["text"]["text"]) for each in shown for b in buttons(each.blocks)]
    boot = next(label for label in labels if label.startswith("Boot "))
    assert boot.removesuffix("…") in f"Boot {name}"
