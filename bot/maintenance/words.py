"""The words people read: macros of `templates/chat/*.jinja`, and the pages of `templates/web/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.maintenance import formats
from bot.maintenance.notices.filters import FILTERS

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.runtime import Macro


class Said(str):
    """Text that this module has made; its lines and length are meant."""

    __slots__ = ()


class Words:
    """Says things in the words of one folder of templates; files are read once, when first used."""

    def __init__(self, folder: Path) -> None:
        """Use `FOLDER/*.jinja`."""
        self._folder = folder
        # Plain text: every chat escapes for itself, in its own way.
        self._jinja = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - no HTML is made here
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.filters |= _FILTERS
        self._jinja.globals["said"] = self.code

    def say(self, file: str, macro: str, /, **known: object) -> str:
        """Return what *macro* of *file* says about the fields *known*.

        Fields the macro does not name are not used. Texts among the fields, however deep, lose
        control characters and line ends and are cut; only texts made here pass as they are.

        Raises:
            LookupError: the file has no such macro; a defect.
            jinja2.UndefinedError: a field it needs is missing; a defect.
        """
        found = self._macro(file, macro)
        if found is None:
            raise LookupError(file, macro)
        taken = {name: _plain(known[name]) for name in found.arguments if name in known}
        return Said(found(**taken).strip("\n"))

    def code(self, file: str, code: str, known: Mapping[str, object] | None = None) -> str:
        """Return the words of a code that a host or a row named; without words, the code."""
        if self._macro(file, code) is None:
            return Said(formats.clean(code))
        return self.say(file, code, **(known or {}))

    def macros(self, file: str) -> frozenset[str]:
        """Return the names of the macros that *file* offers."""
        names = vars(self._jinja.get_template(f"{file}.jinja").module)
        return frozenset(name for name in names if not name.startswith("_"))

    def files(self) -> frozenset[str]:
        """Return the names of the files, without their ending."""
        return frozenset(path.stem for path in self._folder.glob("*.jinja"))

    def _macro(self, file: str, name: str) -> Macro | None:
        module = self._jinja.get_template(f"{file}.jinja").module
        return cast("Macro | None", None if name.startswith("_") else vars(module).get(name))


class Pages:
    """Makes HTML of one folder of templates; what was not written there is escaped."""

    def __init__(self, folder: Path) -> None:
        """Use `FOLDER/*.html.jinja`, with the filters of mail: customers read both."""
        self.folder = folder
        self._jinja = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.filters |= dict(FILTERS)

    def render(self, name: str, /, **values: object) -> str:
        """Return the page *name* (without its ending) of *values*.

        Raises:
            LookupError: there is no such page; a defect.
            jinja2.UndefinedError: a value it needs is missing; a defect.
        """
        return self._jinja.get_template(f"{name}.html.jinja").render(values)


def _plain(value: object) -> object:
    """Return a copy of *value* in which every text from outside is clean."""
    if isinstance(value, str):
        return value if isinstance(value, Said) else formats.clean(str(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | AbstractSet):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


_FILTERS = {
    "merged": formats.merged,
    "bar": formats.bar,
    "cell": formats.cell,
    "clock": formats.clock,
    "columns": formats.columns,
    "count": formats.count,
    "cut": formats.clean,
    "gib": formats.gib,
    "listed": formats.listed,
    "moment": formats.moment,
    "span": formats.span,
}
