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
from bot.rules.window.terms import WindowSettings
from bot.settings.difference import PERCENT, DropLimit
from bot.settings.faults import Problem
from bot.settings.values import (
    EVERYWHERE,
    LAST_PORT,
    Actor,
    Address,
    AtLeastOne,
    Count,
    Hours,
    KernelPattern,
    KernelVersion,
    Listen,
    Mailbox,
    Name,
    Network,
    NoMailbox,
    NoName,
    NoText,
    NoUrl,
    PlainPath,
    Positive,
    Seconds,
    Table,
    Text,
    Zone,
)
from notifications import House, Pace, Relay, Watch

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "MAINT_"  # MAINT_LIMITS__SHUTDOWN=120 is [limits] shutdown
BETWEEN = "__"
KEY_LENGTH = 32  # characters of a key that nobody guesses, also if they are hexadecimal digits
DATA_VARIABLE = "MAINT_DATA"  # short for MAINT_DATA__DIRECTORY

_LIMITS = Limits()
_POLICY = PolicySettings()
_WINDOWS = WindowSettings()
_HOUSE = House(name="Example Hosting", address="support@example.net", domain="example.net")
_RELAY = Relay()
_PACE = Pace()
_WATCH = Watch()


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
    second_person: bool = False
    approve_minutes: Positive = 15
    alone: bool = False
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


class SshSection(Table):
    """How the bot proves itself to hosts, and how it knows them; `Ssh` says what the keys mean."""

    key: PlainPath = Path("id_ed25519")
    known_hosts: PlainPath = Path("known_hosts")
    connect_seconds: Positive = 10


class WindowsSection(Table):
    """When whom is told what; `bot.rules.window.terms.WindowSettings` says what the keys mean."""

    zone: Zone = _WINDOWS.zone
    hours: Annotated[float, Field(gt=0, le=24 * 7)] = _WINDOWS.hours
    longest_hours: Annotated[float, Field(gt=0, le=24 * 7)] = _WINDOWS.longest_hours
    reminder_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=366)], ...], Field(max_length=10)
    ] = _WINDOWS.reminder_days
    show_hours: Hours = _WINDOWS.show_hours
    apart_hours: Hours = _WINDOWS.apart_hours
    ask_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = _WINDOWS.ask_minutes
    ending_minutes: Annotated[
        tuple[Annotated[int, Field(ge=1, le=24 * 60)], ...], Field(max_length=10)
    ] = _WINDOWS.ending_minutes
    punctual_seconds: Seconds = _WINDOWS.punctual_seconds
    grace_minutes: Annotated[float, Field(ge=0, le=24 * 60)] = _WINDOWS.grace_minutes
    hear_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = _WINDOWS.hear_minutes


class MailSection(Table):
    """Who writes, and by which way; `notifications.House` says what most keys mean."""

    transport: Literal["folder", "smtp"] = "folder"  # files beside the database, or the relay
    name: Text = _HOUSE.name
    address: Mailbox = _HOUSE.address
    domain: Address = ""  # empty: that of the address
    bounces: NoMailbox = _HOUSE.bounces
    links: NoUrl = _HOUSE.links
    list: NoMailbox = _HOUSE.list
    list_id: NoText = _HOUSE.list_id
    staff: tuple[Mailbox, ...] = ()
    zone: Zone = _HOUSE.zone
    values: dict[Name, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _named(self) -> MailSection:
        if self.transport == "smtp" and not {"name", "address"} <= self.model_fields_set:
            raise PydanticCustomError(Problem.MAIL_UNNAMED, "")
        return self


class RelaySection(Table):
    """The SMTP relay; `notifications.Relay` says what the keys mean."""

    host: Address = _RELAY.host
    port: Annotated[int, Field(ge=1, le=LAST_PORT)] = _RELAY.port
    security: Literal["none", "starttls", "tls"] = _RELAY.security
    certificates: NoText = _RELAY.certificates
    user: NoText = _RELAY.user
    password: NoText = Field(default=_RELAY.password, repr=False)
    greeting: Address = _RELAY.greeting
    connect_seconds: Positive = _RELAY.connect_seconds
    answer_seconds: Positive = _RELAY.answer_seconds
    dot_seconds: Positive = _RELAY.dot_seconds


class PaceSection(Table):
    """How fast, how often, how long; `notifications.Pace` says what the keys mean."""

    per_minute: Annotated[float, Field(ge=0, le=1e6)] = _PACE.per_minute
    burst: AtLeastOne = _PACE.burst
    connections: Annotated[int, Field(ge=1, le=100)] = _PACE.connections
    per_connection: Count = _PACE.per_connection
    retry_minutes: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=20)] = (
        _PACE.retry_minutes
    )
    give_up_hours: Positive = _PACE.give_up_hours
    stop_after: AtLeastOne = _PACE.stop_after
    second_person: bool = _PACE.second_person


class WatchSection(Table):
    """Where the world says what became of mail; `notifications.Watch` says what the keys mean."""

    bounces: NoText = _WATCH.bounces
    relay_log: NoText = _WATCH.relay_log
    rest: NoUrl = _WATCH.rest
    rest_user: Text = _WATCH.rest_user
    signing_key: NoText = _WATCH.signing_key
    gpg_home: NoText = _WATCH.gpg_home


class SlackSection(Table):
    """The chat of staff, if it is Slack; its tokens are secrets."""

    mode: Literal["off", "socket", "http"] = "off"
    channel: NoName = ""  # its id, as C0123456789
    base_url: NoUrl = "https://slack.com/api"

    @model_validator(mode="after")
    def _somewhere(self) -> SlackSection:
        if self.mode != "off" and not self.channel:
            raise PydanticCustomError(Problem.SLACK_NOWHERE, "")
        return self


class WebSection(Table):
    """Where pages are served, and Slack delivers; `Web` says what the keys mean."""

    port: Annotated[int, Field(ge=0, le=LAST_PORT)] | None = None
    listen: Listen = "127.0.0.1"
    proxies: tuple[Network, ...] = ()
    metrics_from: tuple[Network, ...] = ("127.0.0.1", "::1")
    link_days: Annotated[int, Field(ge=1, le=3650)] = 90


class SecretsSection(Table):
    """What nobody may read; belongs into the environment."""

    key: NoText = Field(default="", repr=False)  # empty: one is made in the data folder
    list_password: NoText = Field(default="", repr=False)
    rest_password: NoText = Field(default="", repr=False)
    slack_bot_token: NoText = Field(default="", repr=False)
    slack_app_token: NoText = Field(default="", repr=False)
    slack_signing_secret: NoText = Field(default="", repr=False)

    @field_validator("key")
    @classmethod
    def _long_enough(cls, key: str) -> str:
        if key and len(key) < KEY_LENGTH:
            fields = {"length": len(key), "wanted": KEY_LENGTH}
            raise PydanticCustomError(Problem.KEY_SHORT, "", fields)
        return key


class SettingsFile(BaseSettings):
    """The whole file; the environment goes before it."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter=BETWEEN
    )

    data: DataSection = DataSection()
    policy: PolicySection = PolicySection()
    limits: LimitsSection = LimitsSection()
    plan: PlanSection = PlanSection()
    windows: WindowsSection = WindowsSection()
    chat: ChatSection = ChatSection()
    roles: RolesSection = RolesSection()
    inventory: InventorySection = InventorySection()
    simulator: SimulatorSection = SimulatorSection()
    ssh: SshSection = SshSection()
    mail: MailSection = MailSection()
    relay: RelaySection = RelaySection()
    pace: PaceSection = PaceSection()
    watch: WatchSection = WatchSection()
    slack: SlackSection = SlackSection()
    web: WebSection = WebSection()
    secrets: SecretsSection = SecretsSection()

    @model_validator(mode="after")
    def _delivered(self) -> SettingsFile:
        if self.slack.mode == "http" and self.web.port is None:
            raise PydanticCustomError(Problem.SLACK_UNDELIVERED, "")
        return self

    @model_validator(mode="after")
    def _reached(self) -> SettingsFile:
        if self.web.port is None:
            return self
        mails = self.mail.transport == "smtp" or self.web.listen in EVERYWHERE
        if mails and not self.mail.links:
            raise PydanticCustomError(Problem.PAGES_UNNAMED, "")
        if "/" in self.mail.links.partition("://")[2]:
            raise PydanticCustomError(Problem.PAGES_BELOW, "")
        return self

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
