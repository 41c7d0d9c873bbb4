"""The frame by which switches learn where a guest is."""

from __future__ import annotations

import pytest

from bot.executors.host_helper.dialects.xen_network import announcement


def test_the_announcement_is_a_reverse_arp_of_the_guest_to_everybody() -> None:
    frame = announcement("00:16:3e:77:00:01")

    guest = bytes.fromhex("00163e770001")
    assert frame[:14] == b"\xff" * 6 + guest + b"\x80\x35"
    assert frame[14:22] == bytes.fromhex("0001080006040003")
    assert frame[22:42] == (guest + bytes(4)) * 2
    assert len(frame) == 60


@pytest.mark.parametrize("mac", ["", "00:16", "00:16:3e:77:00:zz", "00:16:3e:77:00:01:02"])
def test_what_is_no_address_is_not_announced(mac: str) -> None:
    with pytest.raises(ValueError, match=r"address|hex"):
        announcement(mac)
