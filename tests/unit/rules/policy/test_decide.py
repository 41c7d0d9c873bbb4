from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, Literal

import pytest

from bot.rules.fleet import Guest, GuestFacts, GuestState, Role
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.policy.decide import decide, decide_again, experimental
from bot.rules.policy.evidence import Combination, Judgement, Standing, Verdict
from bot.rules.policy.kernel import KernelView, Source
from bot.rules.policy.matrix import cell_of
from bot.rules.policy.terms import REFUSALS, Action, Case, Decision, Ground, PolicySettings, Reason
from bot.rules.policy.version import ANNOUNCING, parse

NOW = datetime(2021, 8, 25, 20, 0, tzinfo=UTC)

CUSTOMER = Guest(name="vps1", host="hobgoblin", uuid="u1")
INFRASTRUCTURE = replace(CUSTOMER, role=Role.INFRASTRUCTURE)
COMBINATION = Combination(
    saved_on="4.19.181",
    saved_hypervisor="xen-4.14.2",
    restored_on="5.10.46",
    restored_hypervisor="xen-4.14.2",
    family="xen/pv/linux-5.10",
)
CELL = cell_of(
    COMBINATION,
    "3fa9c1",
    (),
    [
        Judgement(
            at=NOW, actor="os:anna", combination=COMBINATION, verdict=Verdict.BAN, reason="it hangs"
        )
    ],
    PolicySettings(),
)
RUNS = GuestFacts(name="vps1", uuid="u1", state=GuestState.RUNNING)
WANTED = OptIn(guest="vps1", wanted=True, at=NOW, who="os:anna", how="link")
NOT_WANTED = replace(WANTED, wanted=False)
HOLD = Hold(
    scope=Scope.HOST, value="hobgoblin", reason="testing", opened_by="os:anna", opened_at=NOW
)


def known(text: str) -> KernelView:
    return KernelView(version=parse(text), release_text=text, source=Source.CONSOLE)


NEW, OLD, UNKNOWN = known("5.10.0"), known("3.16.0"), KernelView()
AT_LEAST = KernelView(version=ANNOUNCING, release_text="4.10+", source=Source.XENSTORE)
DISPUTED = replace(OLD, contradiction=(("console", "3.16.0"), ("attested", "5.10.0")))

XEN = Ground(hypervisor="xen-4.14.2")
SHIPPED = PolicySettings()
OF_2021 = PolicySettings(
    unknown_kernels="suspend", old_kernels="suspend", canaries=False, pairs="off"
)


def case(**differs: Any) -> Case:  # noqa: ANN401 - any field of a Case
    """Make a case in which nothing speaks against suspending, but for what *differs*."""
    suspendable = Case(
        guest=CUSTOMER,
        facts=RUNS,
        opt_in=WANTED,
        hold=None,
        kernel=NEW,
        standing=Standing.TRUSTED,
        ground=XEN,
        settings=SHIPPED,
    )
    return replace(suspendable, **differs)


def state(value: GuestState, *, blocked: bool = False) -> GuestFacts:
    return replace(RUNS, state=value, blocked=blocked)


def ground(**differs: Any) -> Ground:  # noqa: ANN401 - any field of a Ground
    return replace(XEN, **differs)


SUSPEND, SHUTDOWN, UNTOUCHED = Action.SUSPEND, Action.SHUTDOWN, Action.UNTOUCHED
PAUSED = state(GuestState.PAUSED)
SAVES_PAUSED = ground(saves_paused=True)
LIBVIRT = ground(hypervisor="kvm-7.2")
FREEBSD = replace(RUNS, system="FreeBSD")
UNTRUSTED, CANARY, BANNED = Standing.UNTRUSTED, Standing.CANARY, Standing.BANNED

TABLE: list[tuple[str, dict[str, Any], Action, Reason]] = [
    # suspended
    ("all is well", {}, SUSPEND, Reason.OPTED_IN),
    ("infrastructure", {"guest": INFRASTRUCTURE, "opt_in": None}, SUSPEND, Reason.INFRASTRUCTURE),
    (
        "its customer's word does not count",
        {"guest": INFRASTRUCTURE, "opt_in": NOT_WANTED},
        SUSPEND,
        Reason.INFRASTRUCTURE,
    ),
    ("lower bound known", {"kernel": AT_LEAST}, SUSPEND, Reason.OPTED_IN),
    ("trusted, no pair", {"ground": ground(pair=False)}, SUSPEND, Reason.OPTED_IN),
    ("trusted, needed", {"ground": ground(needed=True)}, SUSPEND, Reason.OPTED_IN),
    ("trusted, no exploring", {"ground": ground(explore=False)}, SUSPEND, Reason.OPTED_IN),
    ("untrusted", {"standing": UNTRUSTED}, SUSPEND, Reason.OPTED_IN),
    ("canary", {"standing": CANARY}, SUSPEND, Reason.OPTED_IN),
    ("guard with a pair", {"ground": ground(guard=True)}, SUSPEND, Reason.OPTED_IN),
    ("paused, can be saved", {"facts": PAUSED, "ground": SAVES_PAUSED}, SUSPEND, Reason.OPTED_IN),
    ("old under libvirt", {"kernel": OLD, "ground": LIBVIRT}, SUSPEND, Reason.OPTED_IN),
    ("unknown under libvirt", {"kernel": UNKNOWN, "ground": LIBVIRT}, SUSPEND, Reason.OPTED_IN),
    (
        "another system under libvirt",
        {"facts": FREEBSD, "kernel": UNKNOWN, "ground": LIBVIRT},
        SUSPEND,
        Reason.OPTED_IN,
    ),
    (
        "another system that can",
        {
            "facts": FREEBSD,
            "kernel": UNKNOWN,
            "settings": PolicySettings(systems=("linux", "freebsd")),
        },
        SUSPEND,
        Reason.OPTED_IN,
    ),
    (
        "old, marked fixed",
        {"kernel": OLD, "settings": PolicySettings(fixed_kernels=("3.16.*",))},
        SUSPEND,
        Reason.OPTED_IN,
    ),
    ("old in 2021", {"kernel": OLD, "settings": OF_2021}, SUSPEND, Reason.OPTED_IN),
    ("unknown in 2021", {"kernel": UNKNOWN, "settings": OF_2021}, SUSPEND, Reason.OPTED_IN),
    (
        "untrusted in 2021",
        {"standing": UNTRUSTED, "settings": OF_2021, "ground": ground(explore=False, needed=True)},
        SUSPEND,
        Reason.OPTED_IN,
    ),
    # shut down
    ("never opted in", {"opt_in": None}, SHUTDOWN, Reason.NOT_OPTED_IN),
    ("opted out", {"opt_in": NOT_WANTED}, SHUTDOWN, Reason.NOT_OPTED_IN),
    (
        "infrastructure, not configured",
        {"guest": replace(INFRASTRUCTURE, suspend=False)},
        SHUTDOWN,
        Reason.INFRASTRUCTURE_NOT_SUSPENDED,
    ),
    ("--no-suspend", {"ground": ground(no_suspend=True)}, SHUTDOWN, Reason.NO_SUSPEND),
    ("held", {"hold": HOLD}, SHUTDOWN, Reason.HELD),
    ("held infrastructure", {"guest": INFRASTRUCTURE, "hold": HOLD}, SHUTDOWN, Reason.HELD),
    ("held in 2021", {"hold": HOLD, "settings": OF_2021}, SHUTDOWN, Reason.HELD),
    ("device", {"facts": replace(RUNS, unsaveable=("pci",))}, SHUTDOWN, Reason.DEVICE_CANNOT),
    ("system", {"facts": FREEBSD, "kernel": UNKNOWN}, SHUTDOWN, Reason.SYSTEM_CANNOT),
    ("kernel disputed", {"kernel": DISPUTED}, SHUTDOWN, Reason.KERNEL_CONTRADICTS),
    (
        "kernel disputed in 2021",
        {"kernel": DISPUTED, "settings": OF_2021},
        SHUTDOWN,
        Reason.KERNEL_CONTRADICTS,
    ),
    ("old", {"kernel": OLD}, SHUTDOWN, Reason.KERNEL_OLD),
    ("release candidate", {"kernel": known("4.2-rc6")}, SHUTDOWN, Reason.KERNEL_OLD),
    ("unknown", {"kernel": UNKNOWN}, SHUTDOWN, Reason.KERNEL_UNKNOWN),
    ("banned", {"standing": BANNED}, SHUTDOWN, Reason.COMBINATION_BANNED),
    (
        "banned in 2021",
        {"standing": BANNED, "settings": OF_2021},
        SHUTDOWN,
        Reason.COMBINATION_BANNED,
    ),
    (
        "untrusted, needed",
        {"standing": UNTRUSTED, "ground": ground(needed=True)},
        SHUTDOWN,
        Reason.NEEDED_BY_OTHERS,
    ),
    (
        "untrusted, another explores",
        {"standing": UNTRUSTED, "ground": ground(explore=False)},
        SHUTDOWN,
        Reason.COMBINATION_UNTRUSTED_ELSEWHERE,
    ),
    (
        "untrusted, no space",
        {"standing": UNTRUSTED, "ground": ground(pair=False)},
        SHUTDOWN,
        Reason.PAIR_IMPOSSIBLE,
    ),
    (
        "canary, no space",
        {"standing": CANARY, "ground": ground(pair=False)},
        SHUTDOWN,
        Reason.PAIR_IMPOSSIBLE,
    ),
    (
        "untrusted, pairs off",
        {"standing": UNTRUSTED, "settings": PolicySettings(pairs="off")},
        SHUTDOWN,
        Reason.PAIR_IMPOSSIBLE,
    ),
    (
        "guard without a pair",
        {"ground": ground(guard=True, pair=False)},
        SHUTDOWN,
        Reason.GUARD_UNMET,
    ),
    # untouched
    ("off", {"facts": state(GuestState.OFF)}, UNTOUCHED, Reason.WAS_OFF),
    (
        "off and blocked",
        {"facts": state(GuestState.OFF, blocked=True)},
        UNTOUCHED,
        Reason.BLOCKED,
    ),
    (
        "blocked but runs",
        {"facts": replace(RUNS, blocked=True)},
        UNTOUCHED,
        Reason.BLOCKED_BUT_RUNS,
    ),
    ("paused", {"facts": PAUSED}, UNTOUCHED, Reason.PAUSED_CANNOT_BE_SAVED),
    (
        "paused, not opted in",
        {"facts": PAUSED, "ground": SAVES_PAUSED, "opt_in": None},
        UNTOUCHED,
        Reason.PAUSED_CANNOT_BE_SAVED,
    ),
    ("hangs", {"facts": state(GuestState.SUSPENDED)}, UNTOUCHED, Reason.HANGS_SUSPENDED),
    ("zombie", {"facts": state(GuestState.ZOMBIE)}, UNTOUCHED, Reason.ZOMBIE),
    ("twice", {"facts": replace(RUNS, instances=2)}, UNTOUCHED, Reason.RUNS_TWICE),
]


@pytest.mark.parametrize(
    ("differs", "action", "reason"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_each_case_has_one_decision(
    differs: dict[str, Any], action: Action, reason: Reason
) -> None:
    decision = decide(case(**differs))

    assert (decision.action, decision.reason) == (action, reason)


def test_the_table_has_a_row_for_every_reason_that_deciding_can_give() -> None:
    by_the_run = {Reason.SAVE_FAILED, Reason.IMAGE_FAILED, Reason.OPTED_OUT_LATE}
    by_the_plan = {Reason.NOT_IN_INVENTORY}
    of_trials = {reason for reason in Reason if reason.startswith("trial_")}  # test_trials.py

    assert {row[3] for row in TABLE} == set(Reason) - by_the_run - by_the_plan - of_trials


@pytest.mark.parametrize(
    ("differs", "fields"),
    [
        (
            {"hold": HOLD},
            {
                "scope": "host",
                "value": "hobgoblin",
                "why": "testing",
                "who": HOLD.opened_by,
                "since": HOLD.opened_at.isoformat(),
            },
        ),
        ({"facts": replace(RUNS, unsaveable=("pci", "nvme"))}, {"devices": ("pci", "nvme")}),
        ({"facts": FREEBSD}, {"system": "FreeBSD"}),
        ({"kernel": DISPUTED}, {"claims": {"console": "3.16.0", "attested": "5.10.0"}}),
        ({"kernel": OLD}, {"kernel": "3.16.0", "source": "console"}),
        ({"standing": BANNED}, {"family": "xen/pv/linux-5.10"}),
        (
            {"standing": BANNED, "cell": CELL},
            {"family": "xen/pv/linux-5.10", "cell": "3fa9c1", "who": "os:anna", "why": "it hangs"},
        ),
        (
            {"standing": CANARY, "ground": ground(explore=False, waits={"host": "clockwork"})},
            {"host": "clockwork", "family": "xen/pv/linux-5.10"},
        ),
        ({"facts": PAUSED}, {"why": ""}),
        ({"facts": PAUSED, "opt_in": None}, {"why": "not_opted_in"}),
        ({"facts": replace(RUNS, instances=2)}, {"instances": 2}),
    ],
)
def test_a_decision_carries_what_its_words_need(
    differs: dict[str, Any], fields: dict[str, object]
) -> None:
    assert decide(case(**differs)).fields == fields


@pytest.mark.parametrize(
    ("settings", "differs", "pair"),
    [
        (SHIPPED, {}, True),
        (SHIPPED, {"pair": False}, False),
        (PolicySettings(pairs="off"), {}, False),
        (PolicySettings(pairs="off"), {"guard": True}, True),
    ],
)
def test_a_suspended_guest_gets_a_pair_where_there_is_space(
    settings: PolicySettings, differs: dict[str, bool], *, pair: bool
) -> None:
    decision = decide(case(settings=settings, ground=ground(**differs)))

    assert (decision.action, decision.pair) == (SUSPEND, pair)


# ---- just before the save ----------------------------------------------------------------------

TO_SUSPEND = Decision(action=SUSPEND, reason=Reason.OPTED_IN, pair=True)
TO_SHUT_DOWN = Decision(action=SHUTDOWN, reason=Reason.NOT_OPTED_IN)


@pytest.mark.parametrize(
    ("planned", "differs", "action", "reason"),
    [
        (TO_SUSPEND, {}, SUSPEND, Reason.OPTED_IN),
        (TO_SUSPEND, {"opt_in": NOT_WANTED}, SHUTDOWN, Reason.OPTED_OUT_LATE),
        (TO_SUSPEND, {"hold": HOLD}, SHUTDOWN, Reason.HELD),
        (TO_SUSPEND, {"kernel": OLD}, SHUTDOWN, Reason.KERNEL_OLD),
        (TO_SUSPEND, {"facts": state(GuestState.OFF)}, UNTOUCHED, Reason.WAS_OFF),
        (TO_SHUT_DOWN, {}, SHUTDOWN, Reason.NOT_OPTED_IN),
    ],
)
def test_late_opt_outs_are_honoured_and_late_opt_ins_are_not(
    planned: Decision, differs: dict[str, Any], action: Action, reason: Reason
) -> None:
    decision = decide_again(planned, case(**differs))

    assert (decision.action, decision.reason) == (action, reason)


# ---- P5, over everything -----------------------------------------------------------------------

GUESTS = (CUSTOMER, INFRASTRUCTURE, replace(INFRASTRUCTURE, suspend=False))
FACTS = (
    *(state(each) for each in GuestState),
    FREEBSD,
    replace(RUNS, unsaveable=("pci",)),
    replace(RUNS, blocked=True),
    replace(RUNS, instances=2),
)
GROUNDS = tuple(
    ground(explore=explore, pair=pair, needed=needed, guard=guard, saves_paused=True)
    for explore, pair, needed, guard in product((True, False), repeat=4)
)
KERNELS: tuple[Literal["shutdown", "suspend"], ...] = ("shutdown", "suspend")
PAIRS: tuple[Literal["auto", "off"], ...] = ("auto", "off")
SETTINGS = tuple(
    PolicySettings(unknown_kernels=unknown, old_kernels=old, canaries=canaries, pairs=pairs)
    for unknown, old, canaries, pairs in product(KERNELS, KERNELS, (True, False), PAIRS)
)
VIEWS = (NEW, OLD, UNKNOWN, AT_LEAST, DISPUTED)


def suspended_cases() -> Iterator[tuple[Case, Decision]]:
    people = list(product(GUESTS, FACTS, (None, WANTED, NOT_WANTED), (None, HOLD)))
    rules = list(product(VIEWS, Standing, GROUNDS, SETTINGS))
    for (guest, facts, opt_in, hold), (kernel, standing, here, settings) in product(people, rules):
        tried = Case(
            guest=guest,
            facts=facts,
            opt_in=opt_in,
            hold=hold,
            kernel=kernel,
            standing=standing,
            ground=here,
            settings=settings,
        )
        decision = decide(tried)
        if decision.action is SUSPEND:
            yield tried, decision


@pytest.fixture(scope="module")
def suspended() -> list[tuple[Case, Decision]]:
    return list(suspended_cases())


def test_under_no_settings_is_a_guest_suspended_unasked(
    suspended: list[tuple[Case, Decision]],
) -> None:
    assert all(
        each.guest.suspend
        if each.guest.role is Role.INFRASTRUCTURE
        else each.opt_in and each.opt_in.wanted
        for each, _ in suspended
    )


def test_under_no_settings_is_a_guest_suspended_under_a_hold_a_ban_or_a_contradiction(
    suspended: list[tuple[Case, Decision]],
) -> None:
    assert not any(
        each.hold or each.standing is BANNED or each.kernel.contradiction for each, _ in suspended
    )


def test_an_old_or_unknown_kernel_is_suspended_only_where_the_settings_say_so(
    suspended: list[tuple[Case, Decision]],
) -> None:
    assert all(
        each.settings.old_kernels == "suspend" for each, _ in suspended if each.kernel is OLD
    )
    assert all(
        each.settings.unknown_kernels == "suspend"
        for each, _ in suspended
        if each.kernel is UNKNOWN
    )


def test_an_experiment_always_has_a_pair_and_a_host_that_may_explore(
    suspended: list[tuple[Case, Decision]],
) -> None:
    experiments = [each for each in suspended if experimental(each[0].standing, each[0].settings)]

    assert experiments
    assert all(
        decision.pair and tried.ground.explore and not tried.ground.needed
        for tried, decision in experiments
    )


def test_under_guard_every_image_is_a_pair(suspended: list[tuple[Case, Decision]]) -> None:
    assert all(decision.pair for tried, decision in suspended if tried.ground.guard)


def test_only_what_runs_or_is_paused_is_suspended(suspended: list[tuple[Case, Decision]]) -> None:
    states = {tried.facts.state for tried, _ in suspended}

    assert states == {GuestState.RUNNING, GuestState.PAUSED}


def test_a_guest_left_untouched_in_memory_keeps_the_plan_from_starting() -> None:
    in_memory = [
        decide(case(facts=facts, opt_in=opt_in))
        for facts, opt_in in product(FACTS, (None, WANTED))
        if facts.state is not GuestState.OFF
    ]

    assert all(each.reason in REFUSALS for each in in_memory if each.action is UNTOUCHED)
