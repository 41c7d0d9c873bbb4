"""What goes wrong in a campaign, as the error of whoever must act."""

from __future__ import annotations

import pytest

from bot.maintenance.notices.failures import translated
from bot.rules.errors import BadRequest, Code, MaintError, Precondition, TryAgain
from notifications import (
    BadCampaign,
    CampaignRefused,
    NotificationError,
    Problem,
    StoreAway,
    TransportDown,
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (BadCampaign, BadRequest),
        (CampaignRefused, Precondition),
        (TransportDown, TryAgain),
        (StoreAway, TryAgain),
    ],
)
def test_an_error_is_of_whoever_must_act(
    theirs: type[NotificationError], ours: type[MaintError]
) -> None:
    with pytest.raises(MaintError) as raised, translated():
        raise theirs(Problem.NOT_NOW, number=7)

    assert type(raised.value) is ours
    assert (raised.value.code, raised.value.fields) == (
        Code.MAIL,
        {"problem": "not_now", "fields": {"number": 7}},
    )


def test_every_error_of_a_campaign_is_known() -> None:
    for theirs in NotificationError.__subclasses__():
        with pytest.raises(MaintError), translated():
            raise theirs(Problem.STORE)


def test_what_is_no_error_of_a_campaign_passes() -> None:
    with pytest.raises(BadRequest) as raised, translated():
        raise BadRequest(Code.NO_LINKS)

    assert raised.value.code is Code.NO_LINKS
