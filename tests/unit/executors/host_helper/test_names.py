"""What comes from outside is a name, or refused: in a path and on a command line it is harmless."""

from __future__ import annotations

import pytest

from bot.executors.host_helper import names
from bot.executors.host_helper.names import BadName, Operation

ID = "r1/g1/save/1"
GOOD = ("g1", "G", "a.b-c_d", "0", "x" * 64)
BAD: tuple[object, ...] = (
    "", ".", "..", ".hidden", "-rf", "_x", "a/b", "../x", "a b", "a\n", "\na", "a\0", "ä", "a;b",
    "$(x)", "`x`", "x" * 65, None, 1, True, ["g1"], {"g": 1}, b"g1",
)  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_a_name_is_returned_as_it_is(text: str) -> None:
    assert names.is_name(text)
    assert names.name(text, "guest") == text


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_name_is_refused(text: object) -> None:
    assert not names.is_name(text)
    with pytest.raises(BadName, match="guest is not a name"):
        names.name(text, "guest")


@pytest.mark.parametrize("text", [ID, "r.1/-/reboot/12", "r1/g1/drop-snapshot/1"])
def test_an_id_is_returned_as_it_is(text: str) -> None:
    assert names.operation_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "r1", "r1/g1/save", "r1/g1/save/1/2", "r1/g1/save/x", "r1/g1/save/1\n", "r1//save/1",
        "-/g1/save/1", "r1/g1/-/1", "r1/g1/save/-", "../g1/save/1", "r1/../save/1", "/r1/g1/save/1",
        "r1/g1/save/²", "r1/g1/save/1;", "r1/g1/sa ve/1", None, 7, ["r1", "g1", "save", "1"],
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused(text: object) -> None:
    with pytest.raises(BadName):
        names.operation_id(text)


def test_an_id_is_one_file() -> None:
    assert Operation(id=ID).file == "r1+g1+save+1"


def test_no_two_ids_are_the_same_file() -> None:
    assert not names.is_name("a+b")


def test_an_operation_is_read_whole() -> None:
    found = names.operation(
        {"id": ID, "uuid": "u-1", "domid": 3, "image": "i1", "snapshot": "s1", "again": True}
    )

    assert found == Operation(ID, "g1", "save", "u-1", 3, "i1", "s1", again=True)


def test_an_operation_on_the_host_has_no_guest() -> None:
    found = names.operation({"id": "r1/-/work/1", "argument": "linux-6.1~rc1+b:2"})

    assert (found.guest, found.verb, found.argument) == ("", "work", "linux-6.1~rc1+b:2")


@pytest.mark.parametrize("image", ["x" * 200, "r1.g1.1"])
def test_an_image_may_have_a_long_name(image: str) -> None:
    assert names.operation({"id": ID, "image": image}).image == image


@pytest.mark.parametrize("key", ["uuid", "image", "snapshot", "argument"])
@pytest.mark.parametrize(
    "value", ["../x", "-x", "a b", "a/b", "a\n", "x" * 201, 1, True, ["a"], {"a": 1}, ".x", "a\0"]
)
def test_what_is_no_name_is_no_part_of_an_operation(key: str, value: object) -> None:
    with pytest.raises(BadName, match=key):
        names.operation({"id": ID, key: value})


@pytest.mark.parametrize("value", [-1, 1.5, True, "1", None, [1], {}])
def test_what_is_no_number_is_no_domid(value: object) -> None:
    with pytest.raises(BadName, match="domid"):
        names.operation({"id": ID, "domid": value})


@pytest.mark.parametrize("value", ["yes", 1, "true", None, [True]])
def test_only_true_is_again(value: object) -> None:
    assert not names.operation({"id": ID, "again": value}).again


@pytest.mark.parametrize("data", [None, [], "x", 1, {}, {"id": None}])
def test_what_is_no_operation_is_refused(data: object) -> None:
    with pytest.raises(BadName):
        names.operation(data)


def test_what_nobody_knows_is_not_kept() -> None:
    assert names.operation({"id": ID, "more": "x"}) == Operation(ID, "g1", "save")


@pytest.mark.parametrize("text", ["", "g1", "0E0F0B5C-54A3-4D1C-9A55-7F6A3C1D2E01", None])
def test_only_a_uuid_in_small_letters_is_one(text: object) -> None:
    assert not names.is_uuid(text)
    assert names.is_uuid("0e0f0b5c-54a3-4d1c-9a55-7f6a3c1d2e01")
