"""The words of a mail: templates, rendered. A variable that is missing is an error, with its place.

What is rendered is data: nothing in a value is taken for template language, and in HTML it is
escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from traceback import walk_tb
from typing import TYPE_CHECKING, Literal

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    select_autoescape,
)

from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from jinja2.runtime import Context

    from notifications.terms import Kind

# What a template, or a filter given a value it cannot use, may raise.
_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)

_MISSING = re.compile(r"^'([^']+)' is undefined$|has no (?:attribute|element) '?([^']+?)'?$")
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The words of one mail."""

    subject: str  # may still hold what a header may not
    text: str  # lines end with LF; no space at their ends, no two empty ones in a row
    html: str | None = None


class _NoBlock(TemplateError):
    """A template lacks a block that mails are made of."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no block: {name}")


class Wording:
    """Renders the templates of one folder; they are read once, when first used."""

    def __init__(self, folder: Path, filters: Mapping[str, Callable[..., object]]) -> None:
        """Use `FOLDER/email` and `FOLDER/announce`; templates may use *filters*."""
        self._jinja = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=select_autoescape(["html.jinja"], default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.filters |= filters

    def render(
        self, where: Literal["email", "announce"], kind: Kind, known: Mapping[str, object]
    ) -> Rendered:
        """Return the words of *kind*, about what is *known*.

        Raises BadCampaign(TEMPLATE, template, line, variable, detail): a template is missing or
        wrong, or something it needs is; line 0 and variable "" if they cannot be told.
        """
        file = f"{where}/{kind.name}"
        subject, text = self._blocks(f"{file}.txt.jinja", ("subject", "text"), known)
        html = None
        if kind.html and where == "email":
            (html,) = self._blocks(f"{file}.html.jinja", ("html",), known)
        return Rendered(subject=subject.strip(" \n"), text=text, html=html)

    def _blocks(
        self, file: str, names: Sequence[str], known: Mapping[str, object]
    ) -> tuple[str, ...]:
        try:
            template = self._jinja.get_template(file)
            context = template.new_context(dict(known))
            # As far as the first words: after it, the blocks of the layouts are known too.
            next(iter(template.root_render_func(context)), None)
            return tuple(_tidy(_block(context, name)) for name in names)
        except _FAULTS as error:
            raise _located(error, file) from error


def _block(context: Context, name: str) -> str:
    if name not in context.blocks:
        raise _NoBlock(name)
    return "".join(context.blocks[name][0](context))


def _tidy(text: str) -> str:
    """Return *text* without spaces at the ends of lines, with one empty line at most in a row."""
    ended = "\n".join(line.rstrip(" \t\r") for line in text.split("\n"))
    return _GAP.sub("\n\n", ended).strip("\n") + "\n"


def _located(error: Exception, file: str) -> BadCampaign:
    """Return what says where in the templates *error* happened."""
    template, line = _place(error.__traceback__)
    if isinstance(error, TemplateSyntaxError):
        template, line = error.name or file, error.lineno
    missing = _MISSING.search(str(error)) if isinstance(error, UndefinedError) else None
    return BadCampaign(
        Problem.TEMPLATE,
        template=template or file,
        line=line,
        variable=next(filter(None, missing.groups()), "") if missing else "",
        detail=str(error),
    )


def _place(trace: TracebackType | None) -> tuple[str, int]:
    """Return the innermost template in *trace* and its line; no name if there is none."""
    place = "", 0
    for frame, line in walk_tb(trace):
        # Templates are compiled to Python; what they were compiled from knows the lines.
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = str(template.name), template.get_corresponding_lineno(line)
    return place
