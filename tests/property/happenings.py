"""What happens to a night from outside the bot: faults, root's hands, holds, and opt-outs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bot.executors.simulator import FAULTS
from bot.rules.errors import MaintError
from bot.rules.fleet import GuestState
from bot.rules.hold import Hold, Scope
from bot.rules.operation import Operation, OperationId, Verb
from bot.rules.optin import OptIn
from bot.rules.run.states import Phase
from tests.night import HOST

if TYPE_CHECKING:
    from datetime import datetime

    from tests.property.evening import Evening

Fault = tuple[str, dict[str, Any]]

#: Faults of a verb that is drawn with them: of the line, of the record, of the tool.
_OF_ANY_VERB = ("lost_before", "lost_after", "slow", "hangs", "forgets", "refuses", "fails")
#: What others do at a time of their own.
_BY_ITSELF = ("reboots_itself", "stops_itself", "renamed", "snapshot_overflow")
_PARAMETERS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "damage": {"seconds": st.sampled_from([2.0, 20.0, 60.0])},
    "restore_fails": {"leftover": st.booleans()},
    "no_network": {"cure": st.sampled_from(["announce", "replug", ""])},
    "clock_jump": {"seconds": st.sampled_from([20.0, 60.0, 200.0])},
    "fsck": {"seconds": st.sampled_from([30.0, 900.0])},
    "silence": {"seconds": st.sampled_from([5.0, 60.0, 300.0])},
    "no_return": {"seconds": st.sampled_from([60.0, 1200.0])},
    "save_timed_out": {"leaves": st.sampled_from(["suspended", "running", "off"])},
    "double_start": {"seconds": st.sampled_from([0.0, 5.0, 60.0])},
    "no_disk": {"appear_after": st.sampled_from([10.0, 300.0])},
    "no_bridge": {"appear_after": st.sampled_from([10.0, 300.0])},
}
_OF_THE_HOST = frozenset({Verb.WORK, Verb.REBOOT})
#: A host that obeys whatever it is told: for the planted defects, which a checking host prevents.
#: It does not survive others who start guests there, so nobody does.
_NOT_DRAWN = frozenset({"no_checks"})
_BY_OTHERS = frozenset({"intruder", "double_start", "xendomains"})
_STARTS = _BY_OTHERS | {"boot", "unpause", "restore"}


def faults() -> st.SearchStrategy[Fault]:
    """Draw a fault with its parameters, its verb, and how often it strikes."""
    return st.sampled_from(sorted(set(FAULTS) - _NOT_DRAWN)).flatmap(_with_parameters)


def _with_parameters(fault: str) -> st.SearchStrategy[Fault]:
    known = dict(_PARAMETERS.get(fault, {}))
    if fault in _OF_ANY_VERB:
        known["verb"] = st.sampled_from([str(verb) for verb in Verb])
        known["times"] = st.sampled_from([1, 1, 2, 3])
    elif FAULTS[fault].error:
        known["times"] = st.sampled_from([1, 1, 2, 0])
    drawn = st.fixed_dictionaries(known)
    if fault in _BY_ITSELF:
        at = st.fixed_dictionaries({"after": st.sampled_from([0.0, 5.0, 60.0])})
        drawn = st.one_of(drawn, at)
    return drawn.map(lambda parameters: (fault, parameters))


class Happening:
    """Something that happens to an evening."""

    def __init__(self, evening: Evening) -> None:
        """Let it happen now."""
        self._evening = evening
        self._night = evening.night

    def _forbidden(self, deed: str) -> bool:
        return deed in _STARTS and self._evening.world.no_checks

    def fault(self, fault: str, parameters: dict[str, Any], *, name: str) -> None:
        """Inject a fault for one guest, or for the host if it is the host's."""
        if self._forbidden(fault):
            return
        verbs = {Verb(parameters["verb"])} if "verb" in parameters else set(FAULTS[fault].verbs)
        of_host = bool(verbs) and verbs <= _OF_THE_HOST
        if fault in _BY_OTHERS:
            for guest in self._evening.world.guests if fault == "xendomains" else (name,):
                self._evening.watch.started_by_others(guest)
        if name in self._evening.world.guests:  # it may have been renamed
            target = "" if of_host else name
            self._night.simulator.inject(HOST, fault, guest=target, **parameters)

    def hand(self, action: str, name: str) -> None:
        """Let root do something at the hypervisor's own console, as far as it is possible."""
        guest = self._evening.world.guests.get(name)
        if guest is None or self._busy(name) or self._forbidden(action):
            return
        if guest.state in _POSSIBLE[action]:
            if action == "unpause":
                self._evening.watch.started_by_others(name)
            self._night.simulator.hand(HOST, action, name)
            self._evening.watch.touched(name)

    def _busy(self, name: str) -> bool:
        """Say whether the hypervisor has the guest's name in use: it is coming or going."""
        holding = {"restore", "boot", "save"}
        return any(op.verb in holding for op in self._evening.world.running(name))

    def by_the_rules(self, verb: str, name: str) -> None:
        """Let root use the host's own helper, under the rules the bot is under."""
        world = self._evening.world
        if self._forbidden(verb):
            return
        if verb == "reboot":
            if self._evening.run.phase in {Phase.HOST_WORK, Phase.GATE}:
                self._submit(Verb.REBOOT, "")
        elif name in world.guests and verb == "boot":
            self._submit(Verb.BOOT, name)
        elif name in world.guests:
            images = world.guests[name].images.values()
            for image in [one.name for one in images if one.verified and not one.spent][-1:]:
                self._restore(name, image)

    def _restore(self, name: str, image: str) -> None:
        self._submit(Verb.RESTORE, name, image=image)
        self._night.clock.advance(_LOADED)
        guest = self._evening.world.guests[name]
        if guest.state is GuestState.PAUSED and guest.came_image == image and guest.came_from:
            self._submit(Verb.SPEND, name, image=image)
            self._submit(Verb.UNPAUSE, name)

    def _submit(self, verb: Verb, name: str, **needs: str) -> None:
        world = self._evening.world
        id_ = OperationId(run="root", guest=name, verb=verb, attempt=len(world.ops) + 1)
        operation = Operation(id=id_, **needs)  # type: ignore[arg-type]
        self._evening.watch.touched(name)
        with suppress(MaintError):
            self._evening.wait(self._evening.wire.inner.submit(operation, world.token))

    def _a_moment_later(self) -> datetime:
        """Let what somebody says be newer than the last turn, also by the clock."""
        self._night.clock.advance(_MOMENT)
        return self._night.clock.now()

    # ---- people --------------------------------------------------------------------------------

    def hold(self, scope: str, name: str) -> None:
        """Open a hold that covers the guest; of one beside a trial nobody has said a family."""
        steps = self._evening.run.steps
        step = steps.get(name) or next(iter(steps.values()))
        value = {"global": "", "host": HOST, "guest": name, "kernel": step.plan.family}[scope]
        now = self._a_moment_later()
        hold = Hold(scope=Scope(scope), value=value, reason="r", opened_by="os:anna", opened_at=now)
        self._evening.wait(self._night.store.hold(hold))
        self._evening.watch.opened(hold)

    def lift(self) -> None:
        """Lift every hold that stands."""
        now = self._a_moment_later()
        for hold in self._evening.wait(self._night.store.holds()):
            lifted = self._night.store.lift(hold.scope, hold.value, "os:anna", "r", now)
            self._evening.wait(lifted)
            self._evening.watch.lifted(hold.scope, hold.value)

    def opt_out(self, name: str) -> None:
        """Let the guest's customer opt out."""
        now = self._a_moment_later()
        said = OptIn(guest=name, wanted=False, at=now, who="c", how="chat")
        self._evening.wait(self._night.store.state_opt_in([said]))
        self._evening.watch.opts_out(name)


_MOMENT = 0.001
_LOADED = 20.0  # seconds; a large image is loaded by then
_IN_MEMORY = {GuestState.RUNNING, GuestState.PAUSED, GuestState.SUSPENDED}
_POSSIBLE: dict[str, set[GuestState]] = {
    "boot": {GuestState.OFF},
    "stop": {GuestState.RUNNING},
    "destroy": _IN_MEMORY,
    "pause": {GuestState.RUNNING},
    "unpause": {GuestState.PAUSED},
    "block": set(GuestState),
}
