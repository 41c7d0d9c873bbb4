"""Stops the mails of a window before it is changed: none goes out with what is no longer true.

They are paused first, and what is being handed over comes to its end. In the transaction of the
change they are cancelled. If the change does not come about, they go on.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.rules.errors import Code, MaintError, Precondition
from notifications import CampaignState, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.rules.window.terms import Window
    from notifications import Campaign, Campaigns

IN_FLIGHT = 20.0  # seconds of machine time that a relay gets to answer for what it has in hand
LOOK = 0.1  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What was being sent about a window, and is paused now."""

    paused: tuple[int, ...] = ()
    done: frozenset[int] = frozenset()  # what had gone out before
    uncertain: tuple[str, ...] = ()  # addresses that may have it already
    in_flight: tuple[str, ...] = ()  # addresses to which it was still being handed over


class Stopper:
    """Stops and resumes what goes out about one window."""

    def __init__(self, mail: Campaigns, *, machine: Callable[[], float] = time.monotonic) -> None:
        """Act by *mail*; *machine* is in seconds."""
        self.mail, self._machine = mail, machine

    async def stop(self, window: Window, actor: str) -> Stopped:
        """Pause what is being sent about *window*, and wait for what is in flight.

        If that cannot be done, or is given up, what was paused goes on.
        """
        paused: list[int] = []
        try:
            with translated():
                for number in await self._of(window, {CampaignState.SENDING}):
                    paused.append(number)  # before: who is given up meanwhile may have paused it
                    if not await self._paused(number, actor):
                        paused.remove(number)
                return await self._stopped(window, paused)
        except BaseException:
            await self.go_on(Stopped(paused=tuple(paused)), actor)
            raise

    async def _stopped(self, window: Window, paused: list[int]) -> Stopped:
        """Return what is stopped, once the relay has answered for what it has in hand."""
        until = self._machine() + IN_FLIGHT
        while await self._flies(paused) and self._machine() < until:  # noqa: ASYNC110 - rows
            await asyncio.sleep(LOOK)
        known = await self._of(window, set(CampaignState))
        return Stopped(
            paused=tuple(paused),
            done=frozenset(await self._of(window, {CampaignState.DONE})),
            uncertain=await self._addresses(known, DeliveryState.UNCERTAIN),
            in_flight=await self._addresses(known, DeliveryState.SENDING),
        )

    async def go_on(self, stopped: Stopped, actor: str) -> None:
        """Resume what was paused, as far as nobody else has done something about it."""
        with translated():
            for number in stopped.paused:
                with suppress(MaintError), translated():
                    await self.mail.resume(number, actor)

    def cancelling(self, window: Window, stopped: Stopped, actor: str) -> Any:  # noqa: ANN401
        """Return the work that cancels what has not ended; it says `stopped` and the addresses.

        It raises Precondition(WINDOW_CHANGED) if mails went out since, which nobody has counted.
        """
        stop = self.mail.stopping(window.occasion, actor)
        standing = self.mail.standing(window.occasion)

        def work(connection: Any, _: Window) -> Mapping[str, Any]:  # noqa: ANN401 - opaque
            if _goes_out(standing(connection)) - stopped.done:
                raise Precondition(Code.WINDOW_CHANGED, number=window.number)
            numbers = stop(connection)
            lists = {"uncertain": list(stopped.uncertain), "in_flight": list(stopped.in_flight)}
            return {"stopped": list(numbers), **lists}

        return work

    async def _paused(self, number: int, actor: str) -> bool:
        """Pause a campaign; False: it has ended, or somebody was faster."""
        try:
            with translated():
                await self.mail.pause(number, actor)
        except MaintError:
            return False
        return True

    async def _of(self, window: Window, states: set[CampaignState]) -> list[int]:
        heads = await self.mail.heads(window.occasion)
        return [head.number for head in heads if head.state in states]

    async def _flies(self, numbers: list[int]) -> bool:
        counts = [(await self.mail.progress(number)).counts for number in numbers]
        return any(each[DeliveryState.SENDING] for each in counts)

    async def _addresses(self, numbers: list[int], state: DeliveryState) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for number in numbers:
            deliveries = (await self.mail.report(number)).deliveries
            found |= dict.fromkeys(each.address for each in deliveries if each.state is state)
        return tuple(found)


def _goes_out(heads: Iterable[Campaign]) -> set[int]:
    """Return the campaigns that are being sent, or have been."""
    states = {CampaignState.SENDING, CampaignState.DONE}
    return {head.number for head in heads if head.state in states}
