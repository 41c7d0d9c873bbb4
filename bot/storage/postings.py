"""Messages for chats over a network: how they shall look, and how far that is shown."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, select, update

from bot.ports import Act, Audience, Message, Posting
from bot.storage.tables import POSTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_ALL = select(POSTING).where(POSTING.c.chat == bindparam("of_chat"))
_OPEN = _ALL.where(
    POSTING.c.lost == "",
    (POSTING.c.shown < POSTING.c.version) | (POSTING.c.files_shown < POSTING.c.files),
).order_by(POSTING.c.number)
_ABOUT = _ALL.where(POSTING.c.about != "")
_ONE = update(POSTING).where(POSTING.c.number == bindparam("of_number"))
_SHOWN = ("shown", "files_shown", "reference", "place", "doubtful", "lost")


def post(connection: Connection, posting: Posting) -> int:
    """Add a posting and return its number; acts that its message settles are taken away.

    One that has its number is there, and looks like this from now on.
    """
    if posting.message.settles:
        _settle(connection, posting)
    if posting.number:
        edit(connection, posting.number, posting.message)
        return posting.number
    named = ("chat", "thread", "place", "version", "acts_version", *_SHOWN)
    values = {name: getattr(posting, name) for name in named}
    values |= {"context": dict(posting.context), **_looks(posting.message)}
    added = connection.execute(POSTING.insert().values(values).returning(POSTING.c.number))
    return int(added.scalar_one())


def edit(connection: Connection, number: int, message: Message) -> None:
    """Let a posting look like *message* from now on; equal looks change nothing."""
    found = connection.execute(select(POSTING).where(POSTING.c.number == number)).one_or_none()
    if found is not None:
        _change(connection, _built(found), message)


def still_open(connection: Connection, chat: str) -> tuple[Posting, ...]:
    """Return what is not shown as it shall look, oldest first; none that is lost."""
    return tuple(_built(row) for row in connection.execute(_OPEN, {"of_chat": chat}))


def one(connection: Connection, chat: str, number: int, reference: str) -> Posting | None:
    """Return one posting by its number or by its reference, or None."""
    named = POSTING.c.reference == reference if reference else POSTING.c.number == number
    found = connection.execute(_ALL.where(named), {"of_chat": chat}).first()
    return None if found is None else _built(found)


def shown(connection: Connection, number: int, known: Mapping[str, object]) -> None:
    """Record how far a posting is shown, where it is, or why it never will be."""
    connection.execute(_ONE.values(dict(known)), {"of_number": number})


def _settle(connection: Connection, by: Posting) -> None:
    """Take away the acts about what is decided now, and say there how it was decided."""
    decided = dict(by.message.settles)
    for row in connection.execute(_ABOUT, {"of_chat": by.chat}).all():
        posting = _built(row)
        acts, settled = posting.message.acts, posting.message.settled
        over = dict.fromkeys(act.about for act in acts if act.about in decided)
        if over:
            changed = replace(
                posting.message,
                acts=tuple(act for act in acts if act.about not in decided),
                settled=(*settled, *(decided[about] for about in over)),
            )
            _change(connection, posting, changed)


def _change(connection: Connection, posting: Posting, message: Message) -> None:
    if message == posting.message:
        return
    acts_version = posting.acts_version + (message.acts != posting.message.acts)
    values = {"version": posting.version + 1, "acts_version": acts_version, **_looks(message)}
    connection.execute(_ONE.values(values), {"of_number": posting.number})


def _looks(message: Message) -> dict[str, object]:
    about = {act.about for act in message.acts if act.about}
    return {
        "message": _to_data(message),
        "about": "\n".join(sorted(about)),
        "files": len(message.files),
    }


def _built(row: Row[Any]) -> Posting:
    values = row._asdict()
    for name in ("about", "files"):
        del values[name]
    return Posting(**{**values, "message": _from_data(values["message"])})


def _to_data(message: Message) -> dict[str, Any]:
    files = [[name, b64encode(content).decode()] for name, content in message.files]
    return {**asdict(message), "files": files}


def _from_data(data: Mapping[str, Any]) -> Message:
    return Message(
        **{
            **data,
            "fields": tuple((name, value) for name, value in data["fields"]),
            "acts": tuple(Act(**act) for act in data["acts"]),
            "files": tuple((name, b64decode(content)) for name, content in data["files"]),
            "settles": tuple((about, outcome) for about, outcome in data["settles"]),
            "settled": tuple(data["settled"]),
            "audience": Audience(data["audience"]),
        }
    )
