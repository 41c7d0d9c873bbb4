"""The audience: one mail for each mailbox, and nobody left out in silence."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest

from notifications.audience import BATCH, sort
from notifications.errors import BadCampaign, Problem
from notifications.terms import Omission, Recipient
from tests.unit.notifications.front import KINDS, recipient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifications.audience import Batch

KIND = KINDS["notice"]


def sorted_out(*recipients: Recipient, staff: frozenset[str] = frozenset()) -> Batch:
    (batch,) = sort(recipients, KIND, staff)
    return batch


@pytest.mark.failure(46)
def test_equal_mailboxes_become_one_with_all_items() -> None:
    batch = sorted_out(recipient("A@Example.org", "one"), recipient("a@example.org", "two"))

    (contact,) = batch.contacts
    assert contact.items == ({"guest": "one"}, {"guest": "two"})
    assert contact.names == ("A", "a")


def test_a_blank_and_a_bad_address_are_left_out_with_the_reason() -> None:
    batch = sorted_out(recipient(" ", "x"), recipient("a.example.org"), recipient("a@b.example"))

    assert [(each.left_out.why, each.left_out.detail, each.items) for each in batch.absent] == [
        (Omission.NO_ADDRESS, "", 1),
        (Omission.BAD_ADDRESS, "no_at", 0),
    ]
    assert len(batch.contacts) == 1


def test_controls_of_a_bad_address_are_not_kept() -> None:
    (absent,) = sorted_out(Recipient(address="a\r\n\0@example.org")).absent

    assert absent.left_out.address.isprintable()
    assert absent.left_out.detail == "control"


def test_staff_come_first_then_the_order_given() -> None:
    people = [recipient(f"{name}@example.org") for name in ("a", "boss", "b", "chef")]
    batch = sorted_out(*people, staff=frozenset({"boss@example.org", "chef@example.org"}))

    order = sorted(batch.contacts, key=lambda contact: contact.position)
    assert [c.mailbox.address[0] for c in order] == ["b", "c", "a", "b"]


def test_an_item_that_lacks_something_is_refused_with_all_names_and_whose_it_is() -> None:
    with pytest.raises(BadCampaign) as refused:
        sorted_out(Recipient(address="a@example.org", items=({"host": "x"},)))

    assert refused.value.problem is Problem.MISSING_VALUES
    assert refused.value.fields["names"] == ("guest",)
    assert refused.value.fields["address"] == "a@example.org"


@pytest.mark.failure(45)
@pytest.mark.parametrize(
    "bad",
    [
        Recipient(address="a@example.org", name="A\r\nBcc: x"),
        recipient("a@example.org", "guest\nname"),
    ],
)
def test_a_name_or_an_item_with_a_line_break_is_refused(bad: Recipient) -> None:
    with pytest.raises(BadCampaign) as refused:
        sorted_out(bad)

    assert refused.value.problem is Problem.BAD_VALUE


def test_recipients_are_read_once_and_a_batch_at_a_time() -> None:
    read = []

    def many() -> Iterator[Recipient]:
        for number in range(2 * BATCH + 1):
            read.append(number)
            yield recipient(f"{number}@example.org")

    batches = sort(many(), KIND, frozenset())
    first = next(batches)

    assert (len(first.contacts), len(read)) == (BATCH, BATCH)
    assert len(list(chain.from_iterable(batch.contacts for batch in batches))) == BATCH + 1
