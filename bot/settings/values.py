"""The types of single values: what may stand behind a key, checked where it enters."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.rules.fleet import Check
from bot.rules.names import problem_of_name, problem_of_text, shown
from bot.settings.faults import Problem

LAST_PORT = 65535
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - it is compared with


class Table(BaseModel):
    """A table of a file: a key that is not known is a fault."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )


def _name(text: str) -> str:
    if problem := problem_of_name(text):
        raise PydanticCustomError(Problem.BAD_NAME, "", {"shown": shown(text), "why": problem})
    return text


def _text(text: str) -> str:
    if problem := problem_of_text(text):
        raise PydanticCustomError(Problem.BAD_TEXT, "", {"shown": shown(text), "why": problem})
    return text


def _expanded(path: Path) -> Path:
    """Resolve a leading `~`, which needs a known home."""
    _text(str(path))
    try:
        return path.expanduser()
    except RuntimeError:
        raise PydanticCustomError(Problem.NO_HOME, "", {"shown": shown(str(path))}) from None


def _check(value: object) -> object:
    """Turn `"ping"` or a port's number into a Check."""
    if isinstance(value, Check):
        return value
    if value == "ping":
        return Check()
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LAST_PORT:
        return Check(port=value)
    raise PydanticCustomError(Problem.BAD_CHECK, "", {"shown": shown(str(value))})


class Form(StrEnum):
    """How a value is written; `problems.jinja` has an example of each."""

    UUID = "uuid"
    KERNEL = "kernel"  # as `uname -r` prints it
    PATTERN = "pattern"  # the same, with "*" and "?"
    VERSION = "version"
    ADDRESS = "address"  # an IPv4, IPv6 or host name
    MAILBOX = "mailbox"
    ACTOR = "actor"  # "os:anna", "slack:U123"; "os:*" is everyone with a shell on this machine


_FORMS = {
    Form.UUID: r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    Form.KERNEL: r"([A-Za-z0-9][A-Za-z0-9._+~-]{0,63})?",
    Form.PATTERN: r"[A-Za-z0-9*?][A-Za-z0-9._+~*?-]{0,63}",
    Form.VERSION: r"[0-9]{1,3}\.[0-9]{1,4}(\.[0-9]{1,5})?(-rc[0-9]{1,2})?",
    Form.ADDRESS: r"([A-Za-z0-9][A-Za-z0-9.:-]{0,252})?",
    Form.MAILBOX: r"[^\s@<>,;:\"]{1,64}@\w([\w.-]{0,251}\w)?",
    Form.ACTOR: r"os:\*|[a-z]{1,16}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
}


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder, a path that leads out
        raise PydanticCustomError(Problem.NO_ZONE, "", {"shown": shown(text)}) from None
    return text


def _url(text: str) -> str:
    """Accept nothing, or an address of http without a slash at its end."""
    if text and not (text.isprintable() and re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]+)*", text)):
        raise PydanticCustomError(Problem.NOT_A_URL, "", {"shown": shown(text)})
    return text


def _listen(text: str) -> str:
    """Accept an IP address, or "localhost": what this machine is called elsewhere says nothing."""
    if text == "localhost":
        return text
    try:
        ip_address(text)
    except ValueError:
        raise PydanticCustomError(Problem.NO_NETWORK, "", {"shown": shown(text)}) from None
    return text


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise PydanticCustomError(Problem.NO_NETWORK, "", {"shown": shown(text)}) from None
    return text


def _written(form: Form, *, empty: bool = False) -> AfterValidator:
    def check(text: str) -> str:
        if empty and not text:
            return text
        if text.isprintable() and re.fullmatch(_FORMS[form], text):
            return text
        raise PydanticCustomError(Problem.BAD_FORM, "", {"shown": shown(text), "form": form})

    return AfterValidator(check)


Name = Annotated[str, AfterValidator(_name)]
NoName = Annotated[str, AfterValidator(lambda text: _name(text) if text else text)]
Text = Annotated[str, AfterValidator(_text)]
NoText = Annotated[str, AfterValidator(lambda text: _text(text) if text else text)]
PlainPath = Annotated[Path, AfterValidator(_expanded)]
OneCheck = Annotated[Check, BeforeValidator(_check)]
Mailbox = Annotated[str, _written(Form.MAILBOX)]
NoMailbox = Annotated[str, _written(Form.MAILBOX, empty=True)]
Zone = Annotated[str, AfterValidator(_zone)]
Listen = Annotated[str, AfterValidator(_listen)]
Network = Annotated[str, AfterValidator(_network)]
NoUrl = Annotated[str, AfterValidator(_url)]
Address = Annotated[str, _written(Form.ADDRESS)]
Uuid = Annotated[str, _written(Form.UUID)]
Kernel = Annotated[str, _written(Form.KERNEL)]
KernelPattern = Annotated[str, _written(Form.PATTERN)]
KernelVersion = Annotated[str, _written(Form.VERSION)]
Actor = Annotated[str, _written(Form.ACTOR)]
Seconds = Annotated[float, Field(ge=0, le=30 * 86400)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Hours = Annotated[float, Field(ge=0, le=24 * 366)]
Count = Annotated[int, Field(ge=0, le=10_000)]
AtLeastOne = Annotated[int, Field(ge=1, le=10_000)]
Port = Annotated[int, Field(ge=1, le=LAST_PORT)]
