"""The settings file, section by section, as it is read from TOML and the environment.

Defaults of rules are the rules' own, so they stand in one place.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from bot.rules.limits import Limits
from bot.rules.plan.terms import Order
from bot.rules.policy.terms import PolicySettings
from bot.settings.difference import PERCENT, DropLimit
from bot.settings.faults import Problem
from bot.settings.values import (
    Actor,
    AtLeastOne,
    Count,
    Hours,
    KernelPattern,
    KernelVersion,
    Name,
    PlainPath,
    Positive,
    Seconds,
    Table,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "MAINT_"  # MAINT_LIMITS__SHUTDOWN=120 is [limits] shutdown
BETWEEN = "__"
DATA_VARIABLE = "MAINT_DATA"  # short for MAINT_DATA__DIRECTORY

_LIMITS = Limits()
_POLICY = PolicySettings()


class DataSection(Table):
    """Where the database and other files of the bot are."""

    directory: PlainPath = Path("~/.local/share/maintbot")
    database: str = ""  # an SQLite file in `directory`, or a URL; empty: "maint.sqlite"


class PolicySection(Table):
    """What is suspended; `bot.rules.policy.terms.PolicySettings` says what the keys mean."""

    unknown_kernels: Literal["shutdown", "suspend"] = _POLICY.unknown_kernels
    old_kernels: Literal["shutdown", "suspend"] = _POLICY.old_kernels
    minimum_kernel: KernelVersion = _POLICY.minimum_kernel
    fixed_kernels: tuple[KernelPattern, ...] = _POLICY.fixed_kernels
    systems: tuple[Name, ...] = _POLICY.systems
    attest_months: AtLeastOne = _POLICY.attest_months
    canaries: bool = _POLICY.canaries
    pairs: Literal["auto", "off"] = _POLICY.pairs
    trust_count: AtLeastOne = _POLICY.trust_count
    trust_hosts: AtLeastOne = _POLICY.trust_hosts
    cool_down_hours: Hours = _POLICY.cool_down_hours
    breaker_damage: AtLeastOne = _POLICY.breaker_damage
    breaker_dead: AtLeastOne = _POLICY.breaker_dead


class LimitsSection(Table):
    """How long and how much; `bot.rules.limits.Limits` says what the keys mean."""

    shutdown: Seconds = _LIMITS.shutdown
    shutdown_warning: Seconds = _LIMITS.shutdown_warning
    shutdown_more: Seconds = _LIMITS.shutdown_more
    looks: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=10)] = _LIMITS.looks
    dead: Seconds = _LIMITS.dead
    boot: Seconds = _LIMITS.boot
    boot_usual: Seconds = _LIMITS.boot_usual
    start_usual: Seconds = _LIMITS.start_usual
    boot_look: Positive = _LIMITS.boot_look
    host: Seconds = _LIMITS.host
    saved: Seconds = _LIMITS.saved
    contact: Seconds = _LIMITS.contact
    starts_at_once: AtLeastOne = _LIMITS.starts_at_once
    attempts: AtLeastOne = _LIMITS.attempts
    pair_hours: Positive = _LIMITS.pair_hours
    pair_mib: Positive = _LIMITS.pair_mib
    image_days: Positive = _LIMITS.image_days
    turn: Positive = _LIMITS.turn
    streams: Count = _LIMITS.streams
    order: Order = Order(_LIMITS.order)

    @field_validator("looks")
    @classmethod
    def _ascending(cls, looks: tuple[float, ...]) -> tuple[float, ...]:
        if list(looks) != sorted(set(looks)):
            raise PydanticCustomError(Problem.NOT_ASCENDING, "")
        return looks

    @model_validator(mode="after")
    def _warned_in_time(self) -> LimitsSection:
        if self.shutdown_warning > self.shutdown:
            raise PydanticCustomError(Problem.WARNING_TOO_EARLY, "")
        return self


class PlanSection(Table):
    """What a plan is judged by."""

    told_minutes: Positive = 30
    depends: tuple[Name, ...] = ()
    warn_on: tuple[Name, ...] = ()


class ChatSection(Table):
    """How people confirm, and what they are told of the policy."""

    confirm_start: Literal["name", "yes", "none"] = "name"
    require_reason: bool = True
    policy_name: str = ""


class RolesSection(Table):
    """Who may do what."""

    look: tuple[Actor, ...] = ()
    operate: tuple[Actor, ...] = ()
    approve: tuple[Actor, ...] = ()


class InventorySection(Table):
    """Where the inventory is, and how much of it may vanish at once."""

    file: PlainPath = Path("inventory.toml")
    drop_limit: Count = DropLimit().guests
    drop_percent: Annotated[float, Field(ge=0, le=PERCENT)] = DropLimit().percent


class SimulatorSection(Table):
    """Where the world of simulated hosts is described."""

    world: PlainPath = Path("world.toml")


class SettingsFile(BaseSettings):
    """The whole file; the environment goes before it."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter=BETWEEN
    )

    data: DataSection = DataSection()
    policy: PolicySection = PolicySection()
    limits: LimitsSection = LimitsSection()
    plan: PlanSection = PlanSection()
    chat: ChatSection = ChatSection()
    roles: RolesSection = RolesSection()
    inventory: InventorySection = InventorySection()
    simulator: SimulatorSection = SimulatorSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours is taken instead
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no hidden files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no hidden files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the environment, then the file (given as arguments); nothing else."""
        return _Environment(settings_cls), init_settings


class _Environment(EnvSettingsSource):
    """The environment, with MAINT_DATA as a plain path, relative to where the program runs."""

    def prepare_field_value(
        self,
        field_name: str,
        field: FieldInfo,
        value: Any,  # noqa: ANN401 - as the library has it
        value_is_complex: bool,  # noqa: FBT001 - as the library has it
    ) -> Any:  # noqa: ANN401 - as the library has it
        if field_name == "data" and value:
            path = value if value.startswith("~") else str(Path(value).absolute())
            value = json.dumps({"directory": path})
        return super().prepare_field_value(field_name, field, value, value_is_complex)
