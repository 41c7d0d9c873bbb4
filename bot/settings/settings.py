"""The settings as the rest of the program sees them: plain values, complete, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.rules.limits import Limits
from bot.rules.policy.terms import PolicySettings
from bot.rules.window.terms import WindowSettings
from bot.settings.difference import DropLimit
from bot.settings.people import Roles
from bot.settings.values import EVERYWHERE
from notifications import House, Pace, Relay, Watch

if TYPE_CHECKING:
    from bot.settings.sections import SettingsFile

DATABASE = "maint.sqlite"  # in the data folder, unless another database is configured


@dataclass(frozen=True, kw_only=True)
class Data:
    """Where the bot keeps what must not be forgotten."""

    directory: Path  # absolute; may not exist yet
    database: str  # a URL, or the absolute path of an SQLite file


@dataclass(frozen=True, kw_only=True)
class Planning:
    """What a plan is judged by."""

    told_minutes: float = 30.0  # the downtime customers were told
    depends: tuple[str, ...] = ()  # hosts or guests the bot cannot work without
    warn_on: tuple[str, ...] = ()  # hosts or guests it would rather not be without


@dataclass(frozen=True, kw_only=True)
class Mail:
    """How campaigns go out."""

    transport: Literal["folder", "smtp"]
    house: House
    relay: Relay
    pace: Pace
    watch: Watch
    key: str = field(repr=False)  # of signed links and return paths; empty: one is to be made
    list_password: str = field(repr=False)
    rest_password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Ssh:
    """How hosts are reached. The files need not be there before a host is asked something."""

    key: Path  # absolute; the private key
    known_hosts: Path  # absolute; the keys of hosts, as OpenSSH writes them
    connect_seconds: float


@dataclass(frozen=True, kw_only=True)
class Slack:
    """How staff are reached in Slack."""

    mode: Literal["off", "socket", "http"]
    channel: str  # its id
    base_url: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Web:
    """Where this process serves the customers' pages, and takes what Slack delivers."""

    port: int | None  # None: nowhere; 0: any that is free
    listen: str  # address of this machine
    proxies: tuple[str, ...]  # addresses or networks of those that may say whom they forward
    metrics_from: tuple[str, ...]  # addresses or networks that may read figures
    link_days: int  # a personal link is good for so long


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the settings file and the environment say."""

    data: Data
    policy: PolicySettings
    limits: Limits
    plan: Planning
    windows: WindowSettings
    confirm_start: Literal["name", "yes", "none"]
    require_reason: bool  # a start outside a window says why
    second_person: bool  # a start waits until another person approves it
    approve_minutes: float  # for so long
    alone: bool  # a start may say why it does without
    policy_name: str  # what the welcome calls the policy; empty: the shipped defaults
    roles: Roles
    drop_limit: DropLimit
    inventory: Path  # file
    world: Path  # file of the simulated hosts
    ssh: Ssh
    mail: Mail
    slack: Slack
    web: Web


def settings_from(read: SettingsFile, folder: Path, data: Path | None = None) -> Settings:
    """Return what *read* says; relative files are in *folder*. *data* is the data folder then."""
    limits = dict(read.limits)
    where = _data(read.data.directory, read.data.database, folder, data)
    return Settings(
        data=where,
        policy=PolicySettings(**dict(read.policy)),
        limits=Limits(**{**limits, "order": read.limits.order.value}),
        plan=Planning(**dict(read.plan)),
        windows=WindowSettings(**dict(read.windows), customers_zone=read.mail.zone),
        confirm_start=read.chat.confirm_start,
        require_reason=read.chat.require_reason,
        second_person=read.chat.second_person,
        approve_minutes=read.chat.approve_minutes,
        alone=read.chat.alone,
        policy_name=read.chat.policy_name,
        roles=Roles(**dict(read.roles)),
        drop_limit=DropLimit(guests=read.inventory.drop_limit, percent=read.inventory.drop_percent),
        inventory=folder / read.inventory.file,
        world=folder / read.simulator.world,
        ssh=_ssh(read, where.directory),
        mail=_mail(read),
        slack=_slack(read),
        web=Web(**dict(read.web)),
    )


def _ssh(read: SettingsFile, directory: Path) -> Ssh:
    """Keys are the bot's own files, so what is relative is in the data folder."""
    return Ssh(
        key=directory / read.ssh.key,
        known_hosts=directory / read.ssh.known_hosts,
        connect_seconds=read.ssh.connect_seconds,
    )


def _mail(read: SettingsFile) -> Mail:
    house = dict(read.mail)
    transport = house.pop("transport")
    house["domain"] = read.mail.domain or read.mail.address.rpartition("@")[2]
    house["links"] = read.mail.links or served_at(read.web.listen, read.web.port or 0)
    return Mail(
        transport=transport,
        house=House(**{**house, "staff": frozenset(read.mail.staff)}),
        relay=Relay(**dict(read.relay)),
        pace=Pace(**dict(read.pace)),
        watch=Watch(**dict(read.watch)),
        key=read.secrets.key,
        list_password=read.secrets.list_password,
        rest_password=read.secrets.rest_password,
    )


def served_at(listen: str, port: int) -> str:
    """Return the address of pages that nobody forwards; empty: only this machine knows it."""
    if not port or listen in EVERYWHERE:
        return ""
    return f"http://[{listen}]:{port}" if ":" in listen else f"http://{listen}:{port}"


def _slack(read: SettingsFile) -> Slack:
    secrets = read.secrets
    return Slack(
        **dict(read.slack),
        bot_token=secrets.slack_bot_token,
        app_token=secrets.slack_app_token,
        signing_secret=secrets.slack_signing_secret,
    )


def _data(directory: Path, database: str, folder: Path, data: Path | None) -> Data:
    chosen = (data or folder / directory).absolute()
    if "://" in database:
        return Data(directory=chosen, database=database)
    return Data(directory=chosen, database=str(chosen / (database or DATABASE)))
