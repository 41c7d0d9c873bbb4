"""Brings file and environment together, and says which of them is at fault."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from bot.settings.faults import Fault, Problem
from bot.settings.refusals import faults_of
from bot.settings.sections import BETWEEN, DATA_VARIABLE, PREFIX, SettingsFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.settings.document import Document, Where

ENVIRONMENT = "environment"  # stands where a file's name would


def sections(document: Document) -> tuple[SettingsFile, list[Fault]]:
    """Return the settings of *document* under the environment, and everything wrong with them.

    With faults the settings are those sections of the file that are right, to look further by.
    """
    known = {key: value for key, value in document.data.items() if key in SettingsFile.model_fields}
    unknown = [document.fault((key,), Problem.UNKNOWN_KEY) for key in document.data.keys() - known]
    faults = [*document.faults, *unknown, *_unknown_variables()]
    try:
        return SettingsFile(**known), faults
    except SettingsError as error:
        alone, more = _without_environment(known, document)
        return alone, [*faults, _unreadable_variable(error), *more]
    except ValidationError as error:
        alone, _ = _without_environment(known, document)
        return alone, faults + faults_of(error, _Locator(document))


def _without_environment(
    known: Mapping[str, Any], document: Document
) -> tuple[SettingsFile, list[Fault]]:
    """Return the file's sections, defaults for broken ones, and what is wrong with those."""
    right, faults = {}, list[Fault]()
    for name, default in SettingsFile.model_construct():
        try:
            right[name] = type(default).model_validate(known.get(name, {}))
        except ValidationError as error:
            faults += faults_of(error, partial(_fault_within, document, name))
    return SettingsFile.model_construct(**right), faults


def _fault_within(
    document: Document, section: str, where: Where, problem: Problem, **fields: object
) -> Fault:
    return document.fault((section, *where), problem, **fields)


class _Locator:
    """Says where a value stands: in a variable of the environment, if there is one for it."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __call__(self, where: Where, problem: Problem, **fields: object) -> Fault:
        variable = _variable(where)
        if variable:
            return Fault(file=ENVIRONMENT, key=variable, problem=problem, fields=fields)
        return self._document.fault(where, problem, **fields)


def _variable(where: Where) -> str:
    """Return the variable that sets the value at *where*, or an empty string."""
    key = PREFIX + BETWEEN.join(str(part) for part in where[:2]).upper()
    if key == f"{DATA_VARIABLE}{BETWEEN}DIRECTORY" and os.environ.get(DATA_VARIABLE):
        return DATA_VARIABLE
    return key if key in os.environ else ""


def _unknown_variables() -> Iterator[Fault]:
    """Yield variables that name a section which does not exist.

    Only those with a double underscore: others with our prefix may belong to someone else.
    """
    for name in sorted(os.environ):
        section, between, _key = name.removeprefix(PREFIX).partition(BETWEEN)
        if name.startswith(PREFIX) and between and section.lower() not in SettingsFile.model_fields:
            yield Fault(file=ENVIRONMENT, key=name, problem=Problem.UNKNOWN_KEY)


def _unreadable_variable(error: SettingsError) -> Fault:
    section = re.search(r'field "(\w+)"', str(error))
    key = PREFIX + (section[1].upper() if section else "")
    return Fault(file=ENVIRONMENT, key=key, problem=Problem.NOT_JSON)
