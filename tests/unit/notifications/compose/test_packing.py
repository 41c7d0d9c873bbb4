"""Mails are kept small, and come back byte for byte."""

from __future__ import annotations

import random

import pytest

from notifications.compose.packing import pack, unpack
from notifications.errors import BadCampaign

MAIL = b"".join(b"Line %d of a mail, as long as lines are.\r\n" % line for line in range(80))


def test_a_mail_like_the_first_takes_a_twentieth() -> None:
    other = MAIL.replace(b"Line 42", b"Guest aster")

    assert unpack(pack(other, MAIL), MAIL) == other
    assert len(pack(other, MAIL)) < len(other) / 20


@pytest.mark.parametrize("size", [0, 1, 32 * 1024])
def test_any_base_and_any_length_come_back(size: int) -> None:
    base = random.Random(1).randbytes(size)  # noqa: S311 - bytes, not a secret
    content = base + MAIL + base

    assert unpack(pack(content, base), base) == content


def test_another_base_gives_an_error_and_no_mail() -> None:
    packed = pack(MAIL, MAIL)

    with pytest.raises(BadCampaign, match="damaged"):
        unpack(packed, MAIL[1:])


def test_a_damaged_mail_gives_an_error_and_no_mail() -> None:
    packed = pack(MAIL, b"base")

    with pytest.raises(BadCampaign, match="damaged"):
        unpack(packed[:-1], b"base")
