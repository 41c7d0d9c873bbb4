"""What went out before: the window that a notice belongs to, and the thread of its post. Pure.

Campaigns are given newest first, as `Campaigns.campaigns` returns them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from notifications import Campaign, CampaignState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ENDS = frozenset({"maintenance-cancelled", "maintenance-completed"})
_ANNOUNCES = frozenset(
    {
        "maintenance-scheduled",
        "maintenance-reminder",
        "maintenance-rescheduled",
        "maintenance-changed",
    }
)
#: Kinds that speak of a window that was announced, or was not.
_OF_A_WINDOW = _ENDS | {"maintenance-rescheduled", "maintenance-overrun"}

#: The kind whose thread the post of a kind about suspend+restore continues.
_CONTINUES: Mapping[str, str] = MappingProxyType(
    {"optout-reset": "feature-hold", "reoptin": "optout-reset"}
)


def announced(campaigns: Iterable[Campaign], kind: str, hosts: Iterable[str]) -> Campaign | None:
    """Return what was announced last of the window that a notice of *kind* about *hosts* is of.

    None if that is over by what we have sent, or was never announced.
    """
    if kind not in _OF_A_WINDOW:
        return None
    sent = _sent(campaigns, _ANNOUNCES | _ENDS, hosts)
    newest = next((each for each in sent if not each.announce), None)
    return newest if newest and newest.kind in _ANNOUNCES else None


def post_before(campaigns: Iterable[Campaign], kind: str, hosts: Iterable[str]) -> int:
    """Return the number of the post whose thread a post of *kind* continues; 0: none."""
    if kind in _OF_A_WINDOW:
        kinds = _ANNOUNCES | _ENDS | {"maintenance-overrun"}
    else:
        kinds = frozenset({_CONTINUES.get(kind, "")})
    posts = (each for each in _sent(campaigns, kinds, hosts) if each.announce)
    newest = next(posts, None)
    return newest.number if newest and newest.kind not in _ENDS else 0


def _sent(
    campaigns: Iterable[Campaign], kinds: frozenset[str], hosts: Iterable[str]
) -> Iterator[Campaign]:
    """Yield those of *kinds* that went out, about any of *hosts* if there are any."""
    wanted = set(hosts)
    for each in campaigns:
        went_out = each.started and each.state is not CampaignState.CANCELLED
        here = not wanted or wanted & set(each.values.get("hosts", ()))
        if each.kind in kinds and went_out and here:
            yield each
