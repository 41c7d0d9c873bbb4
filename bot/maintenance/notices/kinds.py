"""The kinds of campaign that the bot registers, as data; their words are in `templates/`.

Instants are aware datetimes, lengths of time are seconds, hosts are FQDNs. Every kind takes
`paragraph` (text, optional: a person's own words, shown after the short version); an `incident`
cannot be previewed without it. Every item of a recipient has `guest` and `host`.

| kind | values (*: optional) | more keys of an item |
|---|---|---|
| feature-hold | `since`; `guests`: opted in, whom it concerns; `restored`, `failed`: guests, how many were given back from an image and how many of them came back damaged (0, 0: no failure of ours), `suspected`*: all damaged guests ran an old kernel; `known`*, `unknown`*: lists of sentences | `down`: it is not up since a run, and its contact hears of that separately |
| optout-reset | `at`: when; `guests`: set back; `restored`, `failed`: as above | `down`: as above |
| reoptin | `at`: of the reset; `guests`: opted in before it; `restored`, `failed`: until then, as above; `tested`: list of {`host_kernel`: text or "A -> B", `hypervisor`, `family`: "xen/pv/linux-5.10", `count`: good restores since the reset}; `left_out`*: list of {`guest`, `why`: "not_up" or "kernel_old"}, not for templates | `link` |
| trial-offer | `left_out`*: as above | `link` |
| trial-result | `result`: "passed" or "rolled_back"; `saved`, `back`: from and until when it was away; `old_kernel`*: upgrade advice is added | `link`* |
| maintenance-scheduled, -reminder, -changed | `start`, `end`, `hosts`: list; `reason`*: text that goes on after "for"; `reason_at`*: when the reason can be given that cannot be given yet; `downtime`*: expected for one guest; `page`*: URL that is kept up to date; `calendar`* (not of -changed): iCalendar object of the window, made by `windows/calendar.py`, that the letters carry | `action`: "suspend", "shutdown" or "untouched" (it is off, and left so); `why`*: see below; `was`: the action that was told before (-changed; *-reminder: only if it is another) |
| maintenance-reason | `start`, `end`, `hosts`; `reason`: as above; `over`*: it has been; `page`* | |
| maintenance-rescheduled | as scheduled, and `was_start`, `was_end`; `calendar`*: as above | `action`, `why`* |
| maintenance-cancelled | `start`, `end`, `hosts`, `page`*; `calendar`*: as above; `reason`*: text that goes on after "because" | `action`: as was told |
| maintenance-overrun | `end`: as announced; `next`: when they hear from us again; `hosts`; `page`* | |
| maintenance-completed | `start`, `ended`; `hosts`; `open`: guests of these hosts not verified up; `page`* | `how`: "restored", "booted" or "rolled_back"; `down`*, `up`*: instants; `told`*: "suspend" if its contact may have expected that, with `why` |
| incident | `guest`*; `trial`*: true if it happened in a trial, not in maintenance; `timeline`: list of {`at`, `what`: see below}; `disk`; `lost`; `until`*: the instant whose memory is lost, up to which the disk is as it was unless it is damaged; `kept`*: true if there is a snapshot of the damaged disk; `kept_until`*: the snapshot (if it is paused: that from before the restore) is kept so long; `old_kernel`*: its kernel is known to be too old; `kernel`*; `jessie`*: it may be a Debian 8 | |
| optin-changed | `what`: "in", "out", "undone", "trial" or "no-trial"; `at`; `by`: "link", "undo" or "chat" (staff); of an opt-in `wanted`: as it is now, `kernel`, `held`: a hold keeps it from being heeded, `undo`*: link; of a trial `note` | `link` |
| optin-links | | `link` |

The last two answer what their reader has done, and nobody approves them.

`why` says why a guest is shut down and not suspended: `not_opted_in`, `held`, `kernel_old`,
`kernel_unknown`, `kernel_contradicts`, `save_failed`; any other text is "a technical reason".
`what` in a timeline: `saving`, `saved`, `off`, `gone`, `destroyed`, `restored`, `damage`, `dead`, `not_up`,
`unreachable`, `paused`, `stopped`, `kept`, `not_kept`, `rolled_back`, `booted`, `up`, `left`;
anything else is shown as it is.
`disk`: `damaged_stopped`, `damaged_paused` (it can be rolled back), `damaged_running` (or never came
up), `booted_damaged` (up after a boot, errors were seen), `rolled_back`, `as_saved` (booted as at its
save), `power_cut` (booted as when it was switched off), `unknown` (not back).
`lost`: `memory` (what it had not yet written when it was stopped), `since` (and what it wrote after),
`damage` (and what of its disk is damaged), `unknown` (before somebody has looked at the disk).
"""  # noqa: E501 - the rows of a table

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from notifications import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_GUEST = frozenset({"guest", "host"})
_PLANNED = _GUEST | {"action"}
_WINDOW = frozenset({"start", "end", "hosts"})
_FAILURES = frozenset({"guests", "restored", "failed"})

_ALL = (
    Kind(
        name="feature-hold",
        service=True,
        needs=_FAILURES | {"since"},
        item_needs=_GUEST | {"down"},
        announce=True,
    ),
    Kind(
        name="optout-reset",
        service=True,
        needs=_FAILURES | {"at"},
        item_needs=_GUEST | {"down"},
        announce=True,
    ),
    Kind(
        name="reoptin",
        service=False,
        needs=_FAILURES | {"at", "tested"},
        item_needs=_GUEST | {"link"},
        announce=True,
        html=True,
    ),
    Kind(name="trial-offer", service=False, item_needs=_GUEST | {"link"}, html=True),
    Kind(
        name="trial-result",
        service=True,
        needs=frozenset({"result", "saved", "back"}),
        item_needs=_GUEST,
        bulk=False,
    ),
    Kind(
        name="maintenance-scheduled",
        service=True,
        needs=_WINDOW,
        item_needs=_PLANNED,
        announce=True,
        calendar=True,
    ),
    Kind(
        name="maintenance-reminder",
        service=True,
        needs=_WINDOW,
        item_needs=_PLANNED,
        calendar=True,
    ),
    Kind(
        name="maintenance-rescheduled",
        service=True,
        needs=_WINDOW | {"was_start", "was_end"},
        item_needs=_PLANNED,
        announce=True,
        calendar=True,
    ),
    Kind(
        name="maintenance-cancelled",
        service=True,
        needs=_WINDOW,
        item_needs=_PLANNED,
        announce=True,
        calendar=True,
    ),
    Kind(
        name="maintenance-changed",
        service=True,
        needs=_WINDOW,
        item_needs=_PLANNED | {"was"},
    ),
    Kind(
        name="maintenance-reason",
        service=True,
        needs=_WINDOW | {"reason"},
        item_needs=_GUEST,
        announce=True,
    ),
    Kind(
        name="maintenance-overrun",
        service=True,
        needs=frozenset({"end", "next", "hosts"}),
        item_needs=_GUEST,
        announce=True,
    ),
    Kind(
        name="maintenance-completed",
        service=True,
        needs=frozenset({"start", "ended", "hosts", "open"}),
        item_needs=_GUEST | {"how"},
        announce=True,
    ),
    Kind(
        name="incident",
        service=True,
        needs=frozenset({"timeline", "disk", "lost"}),
        item_needs=_GUEST,
        bulk=False,
    ),
)

_ANSWERS = (
    Kind(
        name="optin-changed",
        service=True,
        needs=frozenset({"what", "at", "by"}),
        item_needs=_GUEST | {"link"},
        bulk=False,
        answer=True,
    ),
    Kind(name="optin-links", service=True, item_needs=_GUEST | {"link"}, bulk=False, answer=True),
)

#: What staff can have sent, by name.
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})

#: What customers get at once because of what they have just done on their pages.
ANSWERS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ANSWERS})

#: All that the bot sends.
EVERY: Mapping[str, Kind] = MappingProxyType({**KINDS, **ANSWERS})
