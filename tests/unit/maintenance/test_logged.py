"""A row of a journal is listed in plain words, whatever its data."""

import pytest

from bot.maintenance.logged import of_row
from bot.rules.run.journal import Event, Row
from tests.unit.rules.plans import NOW


def what(event: Event, data: dict[str, object], guest: str = "") -> object:
    return of_row(Row(number=7, at=NOW, event=event, guest=guest, data=data))[-1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"options": {"guard": True, "no_suspend": False}}, "ended guard"),
        ({"counts": {"restored": 20, "booted": 8}}, "ended restored=20 booted=8"),
        ({"sum_downtime": 9180.4}, "ended sum_downtime=2h33min"),
        ({"load": 0.123456}, "ended load=0.1"),
        ({"allow": ["vps1", "vps2"]}, "ended allow=vps1,vps2"),
        ({"deadline": NOW.isoformat()}, f"ended deadline={NOW:%H:%M:%S}"),
        ({"reason": "new kernel"}, 'ended reason="new kernel"'),
        ({"problems": [{"code": "wrong_kernel", "wanted": "5"}]}, "ended problems=wrong_kernel:5"),
        ({"key": "3eceaa24", "host": "hobgoblin", "last": None}, "ended"),
    ],
)
def test_data_is_said_flat_and_rounded(data: dict[str, object], words: str) -> None:
    assert what(Event.ENDED, data) == words


def test_a_look_says_how_long_after_the_start_it_was() -> None:
    told = what(Event.LOOKED, {"verdict": "up", "look": 3, "age": 120.694, "last": True}, "vps1")

    assert told == "looked up look=3 age=2min1s last"
