"""How long the machines search: `--hypothesis-profile long` for a night, "ci" otherwise."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)

settings.register_profile(
    "ci",
    max_examples=40,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "long",
    max_examples=3000,
    stateful_step_count=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)


def _profile(config: pytest.Config) -> str:
    return str(config.getoption("--hypothesis-profile") or "ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a long search take its time."""
    if _profile(config) != "ci":
        for item in items:
            if item.path.parent.name == "property":
                item.add_marker(pytest.mark.timeout(0))


@pytest.fixture
def search(pytestconfig: pytest.Config) -> settings:
    """How long a machine searches; not loaded, so that other tests keep their own settings."""
    return settings.get_profile(_profile(pytestconfig))
