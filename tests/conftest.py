"""Options of the suite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody kill more, and elsewhere, or write what is golden anew."""
    parser.addoption("--kills", type=int, default=60, help="how often the bot is killed")
    parser.addoption("--mail-kills", type=int, default=20, help="... while it mails")
    parser.addoption("--kill-seed", type=int, default=2021, help="draws where it is killed")
    parser.addoption("--golden-write", action="store_true", help="write golden files anew")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let a failure over half a character be read: xdist's workers die of what UTF-8 cannot say."""
    data = yield
    return data and json.loads(json.dumps(data), object_hook=_sayable)


def _sayable(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _said(value) for key, value in data.items()}


def _said(value: Any) -> Any:  # noqa: ANN401 - of a report
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    return [_said(each) for each in value] if isinstance(value, list) else value
