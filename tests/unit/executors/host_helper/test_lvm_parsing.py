"""What LVM and qemu-img print, captured on LVM 2.03.16 and QEMU 7.2."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.executors.host_helper.snapshots.lvm_parsing import (
    Group,
    Volume,
    groups,
    inner_snapshots,
    volumes,
)

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "lvm"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text()


def captured() -> dict[str, Volume]:
    return {volume.name: volume for volume in volumes(golden("lvs.json"))}


def test_a_thin_volume_is_known_by_both_its_paths() -> None:
    found = captured()["t2-a"]
    assert found.thin
    assert found.paths == ("/dev/vgt/t2-a", "/dev/mapper/vgt-t2--a")
    assert (found.pool, found.size) == ("pool", 64 << 20)


def test_a_snapshot_that_overflowed_is_told_from_one_that_holds() -> None:
    assert captured()["ks1"].overflowed
    assert not captured()["ks3"].overflowed


def test_a_snapshot_filled_to_the_brim_has_overflowed() -> None:
    text = golden("lvs.json").replace("37.70", "100.00")
    assert {v.name: v.overflowed for v in volumes(text)}["ks3"]


def test_an_origin_that_is_merged_into_is_told() -> None:
    assert [v.name for v in captured().values() if v.merging] == ["k2"]
    assert [v.name for v in captured().values() if v.leaving] == ["ks2"]


def test_hidden_volumes_lose_their_brackets() -> None:
    assert captured()["ks2"].origin == "k2"


def test_open_volumes_are_told() -> None:
    assert [v.name for v in captured().values() if v.is_open and not v.is_pool] == ["k1", "k2"]


def test_tags_are_read() -> None:
    assert captured()["sk"].tags == ("maint:g1:r1-g1.1", "owner")


def test_a_host_without_volumes_has_none() -> None:
    assert volumes(golden("lvs-none.json")) == []


def test_volume_groups_are_in_order_of_name() -> None:
    assert groups(golden("vgs.json")) == [
        Group("backup", 415236096, 0),
        Group("vgt", 415236096, 247463936),
    ]


def test_snapshots_inside_an_image_are_named() -> None:
    assert inner_snapshots(golden("qemu-img-info.json")) == ["maint.0123", 'before "upgrade"']


@pytest.mark.parametrize("read", [volumes, groups, inner_snapshots])
@pytest.mark.parametrize("text", ["", "[]", "{", '{"report": [{}]}', '{"snapshots": [1]}', "7"])
def test_what_is_no_report_is_refused(read: object, text: str) -> None:
    if read is inner_snapshots and text == '{"report": [{}]}':
        return
    with pytest.raises(ValueError, match=r".*"):
        read(text)  # type: ignore[operator]


@given(st.text())
def test_names_are_read_as_they_are(name: str) -> None:
    row = {"vg_name": name, "lv_name": name.strip("[]"), "lv_attr": "-wi-a-----", "lv_size": "1"}
    found = volumes(json.dumps({"report": [{"lv": [row]}]}))
    assert [v.name for v in found] == [name.strip("[]")]
