"""A plan as plain data and back: what the first row of a journal keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.rules.fleet import Check, HostWork
from bot.rules.plan.terms import Before, Order, Plan, PlanCell, PlanOptions, PlanStep, Remark
from bot.rules.policy.terms import Action, Reason


def plan_to_data(plan: Plan) -> dict[str, Any]:
    """Return *plan* as mappings, lists, texts, numbers and booleans: what JSON can carry."""
    data = plain(plan)
    assert isinstance(data, dict)  # noqa: S101 - a dataclass becomes a dict
    return data


def plain(value: object) -> object:
    """Return *value* with dataclasses as dicts, tuples as lists and instants as ISO 8601."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def plan_from_data(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_to_data` made *data* of; what it lacks has its default.

    Raises:
        KeyError, TypeError, ValueError: *data* is not of a plan of this version.
    """
    return Plan(
        **{
            **data,
            "at": datetime.fromisoformat(data["at"]),
            "steps": tuple(map(_step, data["steps"])),
            "order": Order(data["order"]),
            "work": HostWork(**_with_tuples(data["work"])),
            "before": Before(**_with_tuples(data["before"])),
            "warnings": _remarks(data.get("warnings", ())),
            "problems": _remarks(data.get("problems", ())),
            "beside": tuple(data.get("beside", ())),
            "cells": tuple(PlanCell(**each) for each in data.get("cells", ())),
        }
    )


def options_from_data(data: Mapping[str, Any]) -> PlanOptions:
    """Return the options that became *data*; what it lacks has its default."""
    return PlanOptions(**_with_tuples(data))


def _step(data: Mapping[str, Any]) -> PlanStep:
    return PlanStep(
        **{
            **_with_tuples(data),
            "action": Action(data["action"]),
            "reason": Reason(data["reason"]),
            "checks": tuple(Check(**check) for check in data.get("checks", ())),
            "fields": frozen(data.get("fields", {})),
        }
    )


def _remarks(data: list[Mapping[str, Any]]) -> tuple[Remark, ...]:
    return tuple(Remark(code=each["code"], fields=frozen(each["fields"])) for each in data)


def _with_tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}


def frozen(values: Mapping[str, object]) -> Mapping[str, object]:
    """Return fields of a reason or remark as they look when they come back from `plain`."""
    return MappingProxyType({key: _hard(plain(value)) for key, value in values.items()})


def _hard(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_hard, value))
    return {key: _hard(each) for key, each in value.items()} if isinstance(value, dict) else value
