"""Cancels drafts in the commit of what is done instead.

After a kill between the two it would look as if a person had cancelled them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows.letters import ACTOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.maintenance.windows.letters import Work
    from bot.rules.window.terms import Window
    from notifications import Campaigns


def cancelling(mail: Campaigns, numbers: Iterable[int], then: Work | None = None) -> Work:
    """Return the work that cancels the campaigns *numbers*, and does *then* if there is any."""
    cancels = [mail.cancelling(number, ACTOR) for number in numbers]

    def work(connection: Any, window: Window) -> Mapping[str, Any]:  # noqa: ANN401 - opaque
        with translated():
            for cancel in cancels:
                cancel(connection)
        return then(connection, window) if then else {}

    return work
