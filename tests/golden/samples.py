"""One campaign of every kind, and of its important variants: what is golden is made of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from notifications import House

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    bounces="bounces@example.net",
    links="https://panel.example.net",
    list="announce@lists.example.net",
    zone="Europe/London",
)
ANN = ("Ann Archer", "ann@archer.example")
BEN = ("Bücher & Söhne", "root@bücher.example")
CLOCKWORK, HOBGOBLIN, JACK = (f"{name}.example.net" for name in ("clockwork", "hobgoblin", "jack"))
TEN = ("aster", "birch", "cedar", "dahlia", "elder", "fir", "gorse", "hazel", "iris", "juniper")
PAGE = "https://status.example.net/maintenance/2021-08"

START = datetime(2021, 8, 24, 20, tzinfo=UTC)
END = START + timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One recipient's mail of a campaign, and its post if the variant has one of its own."""

    kind: str
    variant: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Mapping[str, Any], ...] = ()
    to: tuple[str, str] = ANN
    post: bool = False  # the announce text with these values is golden too

    @property
    def name(self) -> str:
        """What its golden file is called."""
        return f"{self.kind}-{self.variant}" if self.variant else self.kind


def after(minutes: float) -> datetime:
    """Return the instant so many minutes after the start of the window."""
    return START + timedelta(minutes=minutes)


def one(**more: object) -> tuple[Mapping[str, Any], ...]:
    """Return the item of a contact with one guest."""
    return ({"guest": "aster", "host": HOBGOBLIN, **more},)


def ten(**more: object) -> tuple[Mapping[str, Any], ...]:
    """Return the items of a contact with ten guests on two hosts."""
    hosts = [CLOCKWORK] * 4 + [HOBGOBLIN] * 6
    return tuple(
        {"guest": guest, "host": host, **more} for guest, host in zip(TEN, hosts, strict=True)
    )


def link(items: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """Give every item a personal link, as long as they are."""
    token = "ImFzdGVyIg.1.Xf3Zk9p0vQ2mB7cR8sT1uW4yA6eH5jL"
    address = f"{HOUSE.links}/guest"
    return tuple({**item, "link": f"{address}/{item['guest']}.{token}"} for item in items)


FAILURES = {"guests": 85, "restored": 27, "failed": 2}
WINDOW = {"start": START, "end": END, "hosts": [HOBGOBLIN]}
BOTH = {**WINDOW, "hosts": [CLOCKWORK, HOBGOBLIN], "page": PAGE, "downtime": 1800}
TESTED = [
    {
        "host_kernel": "4.19.181 -> 5.10.46",
        "hypervisor": "xen-4.14.2",
        "family": f"xen/{mode}/linux-{series}",
        "count": count,
    }
    for mode, series, count in (("pv", "4.9", 4), ("pv", "4.19", 21), ("pvh", "5.10", 35))
]
MIXED = (
    {"guest": "aster", "host": HOBGOBLIN, "action": "suspend"},
    {"guest": "birch", "host": HOBGOBLIN, "action": "shutdown", "why": "not_opted_in"},
    {"guest": "cedar", "host": CLOCKWORK, "action": "shutdown", "why": "kernel_unknown"},
)
FALLEN = (
    {"guest": "aster", "host": HOBGOBLIN, "down": False},
    {"guest": "birch", "host": HOBGOBLIN, "down": True},
)
RETURNED = (
    {"guest": "aster", "host": HOBGOBLIN, "how": "restored", "down": after(6), "up": after(23)},
    {
        "guest": "birch",
        "host": HOBGOBLIN,
        "how": "booted",
        "down": after(8),
        "up": after(31.5),
        "told": "suspend",
        "why": "save_failed",
    },
    {"guest": "cedar", "host": CLOCKWORK, "how": "rolled_back"},
)
DAMAGE = [
    {"at": after(6), "what": "saving"},
    {"at": after(6.4), "what": "saved"},
    {"at": after(21), "what": "restored"},
    {"at": after(21.1), "what": "damage"},
    {"at": after(21.2), "what": "paused"},
]
LOOKED_AT = (
    "We have looked at the console of your guest by hand. It shows that the file system of"
    " /dev/xvda1 refers to blocks that hold other files' data. What is on /dev/xvdb we have not"
    " looked at."
)
NOTHING_ODD = (
    "We have looked at the console of your guest by hand, and saw nothing else that is odd."
)
UNTIL = {"until": after(6), "paragraph": LOOKED_AT}

_UNDO = "https://panel.example.net/undo/WyJhc3RlciIsMCw2MDMsMV0.Xf3Zk9p0vQ2mB7cR8sT1uW4yA6eH5jL"
UNDO_IN = {"wanted": True, "undo": _UNDO, "by": "link"}
UNDO_OUT = {"wanted": False, "undo": _UNDO, "by": "link"}

SAMPLES = (
    Sample(
        kind="feature-hold",
        values={**FAILURES, "suspected": True, "since": after(60)},
        items=one(down=False),
        post=True,
    ),
    Sample(
        kind="feature-hold",
        variant="damaged",
        values={**FAILURES, "suspected": False, "since": after(60)},
        items=one(down=True),
    ),
    Sample(
        kind="feature-hold",
        variant="one-damaged",
        values={**FAILURES, "suspected": True, "since": after(60)},
        items=FALLEN,
        to=BEN,
    ),
    Sample(
        kind="feature-hold",
        variant="ten-guests",
        to=BEN,
        values={
            "guests": 85,
            "restored": 0,
            "failed": 0,
            "since": after(60),
            "known": ["Another provider reports damaged file systems after restores."],
            "unknown": ["Whether our hosts are concerned."],
            "paragraph": "We test this week, and expect to know more on Friday.",
        },
        items=ten(down=False),
        post=True,
    ),
    Sample(
        kind="optout-reset",
        values={**FAILURES, "at": after(2880)},
        items=one(down=False),
        post=True,
    ),
    Sample(
        kind="optout-reset",
        variant="damaged",
        values={**FAILURES, "at": after(2880)},
        items=one(down=True),
    ),
    Sample(
        kind="optout-reset",
        variant="one-damaged",
        values={**FAILURES, "at": after(2880)},
        items=FALLEN,
        to=BEN,
    ),
    Sample(
        kind="optout-reset",
        variant="ten-guests",
        to=BEN,
        values={"guests": 85, "restored": 14, "failed": 1, "at": after(2880)},
        items=ten(down=False),
    ),
    Sample(
        kind="reoptin",
        values={**FAILURES, "at": after(2880), "tested": TESTED},
        items=link(one()),
        post=True,
    ),
    Sample(
        kind="reoptin",
        variant="ten-guests",
        to=BEN,
        values={
            "guests": 85,
            "restored": 0,
            "failed": 0,
            "at": after(2880),
            "tested": TESTED[:1],
        },
        items=link(ten()),
    ),
    Sample(kind="trial-offer", items=link(one())),
    Sample(kind="trial-offer", variant="ten-guests", to=BEN, items=link(ten())),
    Sample(kind="optin-links", items=link(one())),
    Sample(kind="optin-links", variant="ten-guests", to=BEN, items=link(ten())),
    Sample(
        kind="optin-changed",
        variant="in",
        values={"what": "in", "at": START, "kernel": "6.1.0-13-amd64", "held": False, **UNDO_IN},
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="in-held",
        values={"what": "in", "at": START, "kernel": "6.1.0-13-amd64", "held": True, **UNDO_IN},
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="in-by-staff",
        values={
            "what": "in",
            "at": START,
            "kernel": "6.1.0-13-amd64",
            "held": False,
            **UNDO_IN,
            "by": "chat",
        },
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="out",
        values={"what": "out", "at": START, "kernel": "", "held": False, **UNDO_OUT},
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="undone",
        values={"what": "undone", "at": START, "kernel": "", "held": False, **UNDO_OUT},
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="trial",
        values={"what": "trial", "at": START, "note": "after 20:00, not on Friday", "by": "link"},
        items=link(one()),
    ),
    Sample(
        kind="optin-changed",
        variant="no-trial",
        values={"what": "no-trial", "at": START, "note": "", "by": "link"},
        items=link(one()),
    ),
    Sample(
        kind="trial-result",
        variant="passed",
        values={"result": "passed", "saved": START, "back": after(1.2)},
        items=link(one()),
    ),
    Sample(
        kind="trial-result",
        variant="rolled-back",
        values={
            "result": "rolled_back",
            "saved": START,
            "back": after(6.5),
            "old_kernel": True,
        },
        items=one(),
    ),
    Sample(
        kind="maintenance-scheduled",
        values={**WINDOW, "reason": "security updates of Xen and of the host's kernel"},
        items=one(action="suspend"),
        post=True,
    ),
    Sample(
        kind="maintenance-scheduled", variant="mixed", values=BOTH, items=MIXED, to=BEN, post=True
    ),
    Sample(
        kind="maintenance-scheduled",
        variant="off",
        values=WINDOW,
        items=one(action="untouched"),
    ),
    Sample(
        kind="maintenance-scheduled",
        variant="one-off",
        values=BOTH,
        items=(*MIXED[1:], {"guest": "dahlia", "host": HOBGOBLIN, "action": "untouched"}),
        to=BEN,
    ),
    Sample(kind="maintenance-reminder", values=WINDOW, items=one(action="shutdown")),
    Sample(
        kind="maintenance-reminder",
        variant="changed",
        values=WINDOW,
        items=one(action="shutdown", why="held", was="suspend"),
    ),
    Sample(
        kind="maintenance-reminder",
        variant="ten-guests",
        values=BOTH,
        items=ten(action="suspend"),
        to=BEN,
    ),
    Sample(
        kind="maintenance-rescheduled",
        values={
            **BOTH,
            "start": after(7 * 1440 + 150),
            "end": after(7 * 1440 + 270),
            "was_start": START,
            "was_end": END,
        },
        items=MIXED,
        post=True,
    ),
    Sample(
        kind="maintenance-rescheduled",
        variant="longer",
        values={**BOTH, "end": after(180), "was_start": START, "was_end": END},
        items=MIXED,
        post=True,
    ),
    Sample(
        kind="maintenance-rescheduled",
        variant="half-an-hour",
        values={
            **BOTH,
            "start": after(30),
            "end": after(150),
            "was_start": START,
            "was_end": END,
        },
        items=MIXED,
        post=True,
    ),
    Sample(
        kind="maintenance-cancelled",
        values={**WINDOW, "reason": "the fault turned out not to concern our hosts"},
        items=one(action="shutdown"),
        post=True,
    ),
    Sample(
        kind="maintenance-cancelled",
        variant="off",
        values=WINDOW,
        items=one(action="untouched"),
    ),
    Sample(
        kind="maintenance-changed",
        values=WINDOW,
        items=one(action="shutdown", why="held", was="suspend"),
    ),
    Sample(
        kind="maintenance-changed",
        variant="two-guests",
        values=BOTH,
        items=({**MIXED[2], "was": "untouched"}, *one(action="suspend", was="shutdown")),
        to=BEN,
    ),
    Sample(
        kind="maintenance-reason",
        values={"start": START, "end": END, "hosts": [HOBGOBLIN], "reason": "a new hypervisor"},
        items=one(),
        post=True,
    ),
    Sample(
        kind="maintenance-reason",
        variant="over",
        values={
            "start": START,
            "end": END,
            "hosts": [HOBGOBLIN],
            "over": True,
            "reason": "a new hypervisor",
        },
        items=one(),
        post=True,
    ),
    Sample(
        kind="maintenance-scheduled",
        variant="embargo",
        values={"start": START, "end": END, "hosts": [HOBGOBLIN], "reason_at": after(-600)},
        items=one(action="suspend"),
        post=True,
    ),
    Sample(
        kind="maintenance-overrun",
        values={"end": END, "next": after(180), "hosts": [HOBGOBLIN]},
        items=one(),
        post=True,
    ),
    Sample(
        kind="maintenance-overrun",
        variant="ten-guests",
        to=BEN,
        values={"end": END, "next": after(180), "hosts": [CLOCKWORK, HOBGOBLIN], "page": PAGE},
        items=ten(),
    ),
    Sample(
        kind="maintenance-completed",
        values={"start": START, "ended": after(35), "hosts": [HOBGOBLIN], "open": 2},
        items=one(how="restored", down=after(6), up=after(23)),
        post=True,
    ),
    Sample(
        kind="maintenance-completed",
        variant="mixed",
        to=BEN,
        values={"start": START, "ended": after(95), "hosts": [CLOCKWORK, HOBGOBLIN], "open": 0},
        items=RETURNED,
        post=True,
    ),
    Sample(
        kind="incident",
        variant="damaged",
        values={
            **UNTIL,
            "timeline": [
                *DAMAGE,
                {"at": after(21.4), "what": "stopped"},
                {"at": after(22), "what": "kept"},
                {"at": after(240), "what": "left"},
            ],
            "disk": "damaged_stopped",
            "lost": "damage",
            "kept": True,
            "kept_until": after(7 * 1440),
            "old_kernel": True,
            "kernel": "3.16.0-4-amd64",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="paused",
        values={
            **UNTIL,
            "timeline": DAMAGE,
            "disk": "damaged_paused",
            "lost": "damage",
            "kept_until": after(7 * 1440),
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="rolled-back",
        values={
            **UNTIL,
            "timeline": [
                *DAMAGE,
                {"at": after(22), "what": "stopped"},
                {"at": after(24), "what": "rolled_back"},
                {"at": after(24.5), "what": "booted"},
                {"at": after(27), "what": "up"},
            ],
            "disk": "rolled_back",
            "lost": "since",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="booted",
        values={
            **UNTIL,
            "paragraph": NOTHING_ODD,
            "timeline": [
                *DAMAGE[:2],
                {"at": after(28.2), "what": "booted"},
                {"at": after(30), "what": "up"},
            ],
            "disk": "as_saved",
            "lost": "memory",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="booted-damaged",
        values={
            **UNTIL,
            "timeline": [
                *DAMAGE,
                {"at": after(90), "what": "booted"},
                {"at": after(92), "what": "up"},
            ],
            "disk": "booted_damaged",
            "lost": "damage",
            "kept": True,
            "kept_until": after(7 * 1440),
            "old_kernel": True,
            "kernel": "2.6.32-754.el6.x86_64",
            "jessie": False,
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="power-cut",
        values={
            "until": after(4),
            "paragraph": "Its system did not react to our request to shut down.",
            "timeline": [{"at": after(4), "what": "destroyed"}, {"at": after(20), "what": "up"}],
            "disk": "power_cut",
            "lost": "memory",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="not-up",
        values={
            "paragraph": NOTHING_ODD,
            "timeline": [{"at": START, "what": "off"}, {"at": after(40), "what": "not_up"}],
            "disk": "damaged_running",
            "lost": "unknown",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="trial",
        values={
            **UNTIL,
            "trial": True,
            "timeline": [
                {"at": after(6), "what": "saving"},
                {"at": after(6.4), "what": "saved"},
                {"at": after(8), "what": "booted"},
                {"at": after(9), "what": "up"},
            ],
            "paragraph": NOTHING_ODD,
            "disk": "as_saved",
            "lost": "memory",
            "kernel": "5.10.0-8-amd64",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="trial-unknown",
        values={
            "paragraph": NOTHING_ODD,
            "trial": True,
            "timeline": DAMAGE[:3],
            "disk": "unknown",
            "lost": "unknown",
        },
        items=one(),
    ),
    Sample(
        kind="incident",
        variant="unknown",
        values={
            "paragraph": NOTHING_ODD,
            "timeline": DAMAGE[:3],
            "disk": "unknown",
            "lost": "unknown",
        },
        items=one(),
    ),
)
