"""The commands of LVM, as their launchers start them: FOLDER COMMAND ARGUMENTS…"""

# ruff: noqa: PTH105, PTH123 - pathlib takes long to import

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROUP = "vg"
_VALUED = {"--name", "--addtag", "--size", "--setactivationskip", "--activate", "--interval"}
_VALUED |= {"--poll", "-o", "--reportformat", "--units"}
_MIB = 1 << 20


_NO_VOLUME = 'Failed to find logical volume "vg/{}"'
_EXISTS = 'Logical Volume "{}" already exists in volume group "vg"'
_NO_SPACE = 'Volume group "vg" has insufficient free space'


class Failed(Exception):
    """What LVM says on stderr."""


def main(folder: str, command: str, arguments: list[str]) -> int:
    """Obey; return the exit status."""
    with open(f"{folder}/state", "rb") as file:
        state = marshal.loads(file.read())  # noqa: S302 - our own file
    state["folder"] = folder
    options, places = _parsed(arguments)
    try:
        _fail(state, command)
        printed = _DO[command](state, options, places)
    except Failed as failed:
        sys.stderr.write(f"  {failed}\n")
        printed, status = "", 5
    else:
        status = 0
    _store(folder, state)
    sys.stdout.write(printed)
    return status


def _fail(state: dict[str, Any], command: str) -> None:
    for failure in state["fail"]:
        if failure[0] == command:
            state["fail"].remove(failure)
            raise Failed(failure[1])


def _parsed(arguments: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    options: dict[str, list[str]] = {}
    places = []
    words = iter(arguments)
    for word in words:
        if word.startswith("-"):
            options.setdefault(word, []).append(next(words) if word in _VALUED else "")
        else:
            places.append(word.removeprefix(f"{GROUP}/"))
    return options, places


def _store(folder: str, state: dict[str, Any]) -> None:
    with open(f"{folder}/state.new", "wb") as file:
        file.write(marshal.dumps(state))
    os.replace(f"{folder}/state.new", f"{folder}/state")
    names = {one["name"] for one in state["volumes"] if one["kind"] != "pool"}
    there = set(os.listdir(f"{folder}/{GROUP}"))  # noqa: PTH208 - as above
    for name in there - names:
        os.unlink(f"{folder}/{GROUP}/{name}")  # noqa: PTH108 - as above
    for name in names - there:
        os.symlink("/dev/null", f"{folder}/{GROUP}/{name}")  # noqa: PTH211 - as above


def _one(state: dict[str, Any], name: str) -> dict[str, Any]:
    for volume in state["volumes"]:
        if volume["name"] == name:
            found: dict[str, Any] = volume
            return found
    raise Failed(_NO_VOLUME.format(name))


def _lvs(state: dict[str, Any], _: object, __: object) -> str:
    rows = [_row(state, one) for one in state["volumes"]]
    return '{"report": [{"lv": [' + ", ".join(rows) + "]}]}\n"


def _row(state: dict[str, Any], one: dict[str, Any]) -> str:
    is_pool = one["kind"] == "pool"
    path = "" if is_pool else f"{state['folder']}/{GROUP}/{one['name']}"
    merging = any(v.get("into") == one["name"] for v in state["volumes"])
    first = {"pool": "t", "thin": "V", "thick": "O" if merging else "-"}.get(
        one["kind"], "S" if one.get("into") else "s"
    )
    invalid = "I" if one.get("data", 0) >= 100 and one["kind"] == "snapshot" else "a"
    fields = {
        "vg_name": GROUP,
        "lv_name": one["name"],
        "lv_path": path,
        "lv_dm_path": f"/dev/mapper/{GROUP}-{one['name']}",
        "lv_attr": f"{first}wi-{invalid}{'o' if one.get('open') else '-'}----",
        "lv_size": str(one["size"]),
        "origin": one.get("origin", ""),
        "pool_lv": "pool" if one["kind"] == "thin" else "",
        "data_percent": str(one.get("data", "")),
        "metadata_percent": str(one.get("meta", "")),
        "lv_tags": ",".join(one.get("tags", [])),
    }
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in fields.items()) + "}"


def _vgs(state: dict[str, Any], _: object, __: object) -> str:
    row = f'{{"vg_name": "{GROUP}", "vg_size": "{8192 * _MIB}", "vg_free": "{state["free"]}"}}'
    return '{"report": [{"vg": [' + row + "]}]}\n"


def _lvcreate(state: dict[str, Any], options: dict[str, list[str]], places: list[str]) -> str:
    origin, name = _one(state, places[0]), options["--name"][0]
    if any(one["name"] == name for one in state["volumes"]):
        raise Failed(_EXISTS.format(name))
    made = {**origin, "name": name, "origin": places[0], "tags": options.get("--addtag", [])}
    made.pop("open", None)
    if origin["kind"] != "thin":
        size = int(options["--size"][0].removesuffix("m")) * _MIB
        if size > state["free"]:
            raise Failed(_NO_SPACE)
        state["free"] -= size
        made.update(kind="snapshot", size=size, data=0.0)
    state["volumes"].append(made)
    return ""


def _lvrename(state: dict[str, Any], _: object, places: list[str]) -> str:
    _one(state, places[1])["name"] = places[2]
    return ""


def _lvremove(state: dict[str, Any], _: object, places: list[str]) -> str:
    gone = _one(state, places[0])
    state["volumes"].remove(gone)
    state["free"] += gone["size"] if gone["kind"] == "snapshot" else 0
    return ""


def _lvconvert(state: dict[str, Any], _: object, places: list[str]) -> str:
    snapshot = _one(state, places[0])
    snapshot["into"] = snapshot["origin"]
    if state["stuck"]:
        raise Failed(_NO_VOLUME)  # whatever it says then
    return _merge(state, snapshot)


def _merge(state: dict[str, Any], snapshot: dict[str, Any]) -> str:
    _one(state, snapshot["into"])["text"] = snapshot["text"]
    return _lvremove(state, {}, [snapshot["name"]])


def _lvchange(state: dict[str, Any], _: object, places: list[str]) -> str:
    """Look after a merge again: `--poll y`."""
    merging = [one for one in state["volumes"] if one.get("into") == places[0]]
    return "".join(_merge(state, one) for one in merging)


_DO = {
    "lvs": _lvs,
    "vgs": _vgs,
    "lvcreate": _lvcreate,
    "lvrename": _lvrename,
    "lvremove": _lvremove,
    "lvconvert": _lvconvert,
    "lvchange": _lvchange,
}
