"""What a shell can do around hosts, beside the grammar: set them up, look at them, ask for a guest.

These commands reach for files, keys and the administrator's own ssh, which a chat has not.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot import app
from bot.chat.mistakes import Mistake, nearest
from bot.rules.errors import BadConfiguration, BadRequest, Code
from bot.rules.names import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.app import AppOptions
    from bot.maintenance.words import Words

WORDS = "hosts"  # file of templates


@dataclass(frozen=True, kw_only=True)
class Form:
    """What one command takes: one argument, and options by name, with what each takes."""

    name: str
    argument: str  # in brackets if it may be left out
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def usage(self) -> str:
        """Return the whole form, as `host install HOST [--print]`."""
        options = (f"[{name} {takes}]".replace(" ]", "]") for name, takes in self.options.items())
        return " ".join([self.name, self.argument, *options])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One understood command."""

    form: Form
    argument: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


_INSTALL = MappingProxyType({"--print": "", "--admin": "USER@ADDRESS"})
FORMS = {
    form.name: form
    for form in (
        Form(name="host build", argument="[FILE]"),
        Form(name="host install", argument="HOST", options=_INSTALL),
        Form(name="host check", argument="HOST"),
        Form(name="inventory discover", argument="HOST"),
        Form(name="may-suspend", argument="GUEST"),
    )
}
FIRST = frozenset(name.partition(" ")[0] for name in FORMS)


def usages(first: str) -> tuple[str, ...]:
    """Return the forms of the commands that begin with the word *first*."""
    return tuple(form.usage for form in FORMS.values() if form.name.split(" ")[0] == first)


def parse(words: Sequence[str]) -> Asked:
    """Understand *words*, which begin with one of FIRST. Raises BadRequest: BAD_USAGE."""
    form = FORMS.get(words[0]) or FORMS.get(" ".join(words[:2]))
    if form is None:
        raise _not_one(*words[:2])
    rest = list(words[len(form.name.split(" ")) :])
    options: dict[str, str] = {}
    arguments: list[str] = []
    while rest:
        word = rest.pop(0)
        if word.startswith("-"):
            name = _option(form, word)
            options[name] = _value(form, word, rest)
        else:
            arguments.append(word)
    if len(arguments) > 1:
        raise _bad(form, Mistake.TOO_MANY, arguments[1])
    if not arguments and not form.argument.startswith("["):
        raise _bad(form, Mistake.MISSING, form.argument)
    return Asked(form=form, argument="".join(arguments), options=options)


def _not_one(first: str, second: str = "") -> BadRequest:
    seconds = [name.partition(" ")[2] for name in FORMS if name.startswith(f"{first} ")]
    near = nearest(second, seconds)
    return BadRequest(
        Code.BAD_USAGE,
        verb=first,
        usage=" or: ".join([FORMS[f"{first} {near}"].usage] if near else usages(first)),
        problem=(Mistake.NOT_A_CHOICE if second else Mistake.WHICH).value,
        word=shown(second),
        nearest=near,
    )


def _option(form: Form, word: str) -> str:
    name = word.partition("=")[0]
    if name not in form.options:
        raise _bad(form, Mistake.UNKNOWN_OPTION, name, nearest(name, form.options))
    return name


def _value(form: Form, word: str, rest: list[str]) -> str:
    name, equals, value = word.partition("=")
    if not form.options[name]:
        if equals:
            raise _bad(form, Mistake.TAKES_NO_VALUE, name)
        return "yes"
    value = value or (rest.pop(0) if rest and not equals else "")
    if not value or value.startswith("-"):
        raise _bad(form, Mistake.NEEDS_VALUE, name)
    return value


def _bad(form: Form, problem: Mistake, word: str, near: str = "") -> BadRequest:
    known = {"problem": problem.value, "word": shown(word), "nearest": near}
    return BadRequest(Code.BAD_USAGE, verb=form.name, usage=form.usage, **known)


async def obey(asked: Asked, options: AppOptions) -> int:
    """Do it, and return the exit status. Raises MaintError."""
    return await _WAYS[asked.form.name](asked, options)


async def _build(asked: Asked, _: AppOptions) -> int:
    path = Path(asked.argument or "maint-host")
    try:
        version = await asyncio.to_thread(app.build_helper, path)
    except OSError as error:
        problem = error.strerror or str(error)
        raise BadConfiguration(Code.NOT_WRITTEN, path=str(path), problem=problem) from error
    print(app.plain_words().say(WORDS, "built", path=str(path), version=version))
    return 0


async def _install(asked: Asked, options: AppOptions) -> int:
    words, ready = app.plain_words(), await app.installation(options, asked.argument)
    if "--print" in asked.options:
        print(ready.script, end="")
        return 0
    admin = asked.options.get("--admin", ready.admin)
    known = {**vars(ready.setup), "hooks": [hook.place for hook in ready.setup.hooks.values()]}
    print(words.say(WORDS, "install", admin=admin, made=ready.made, **known))
    if not await _agreed(words, ready.host):
        print(words.say(WORDS, "not_installed", host=ready.host))
        return 1
    noted = await ready.install(admin)
    print(words.say(WORDS, "key_known", host=ready.host, known=noted, address=ready.address))
    return 0


async def _agreed(words: Words, host: str) -> bool:
    print(words.say(WORDS, "install_question", host=host), end=" ", flush=True)
    typed: str = await asyncio.to_thread(sys.stdin.readline)
    return typed.strip().casefold() == "yes"


async def _check(asked: Asked, options: AppOptions) -> int:
    """Say of each thing whether it is as it must be; 2 if something is not."""
    found = await app.check_host(options, asked.argument)
    for line, good in found:
        print(f" {'✓' if good else '✗'} {line}")
    return 0 if all(good for _, good in found) else 2


async def _discover(asked: Asked, options: AppOptions) -> int:
    print(await app.discover(options, asked.argument))
    return 0


async def _may_suspend(asked: Asked, options: AppOptions) -> int:
    line, may = await app.may_suspend(options, asked.argument)
    print(line)
    return 0 if may else 1


_WAYS: Mapping[str, Callable[[Asked, AppOptions], Awaitable[int]]] = {
    "host build": _build,
    "host install": _install,
    "host check": _check,
    "inventory discover": _discover,
    "may-suspend": _may_suspend,
}
