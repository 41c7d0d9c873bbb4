"""All that is needed to set one host up, gathered before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.executors.setting_up.admin import SSH, host_keys, run_there
from bot.executors.setting_up.known import Known, note
from bot.executors.setting_up.own_key import public_key
from bot.executors.setting_up.script import Setup, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.executors.setting_up.script import Hook
    from bot.rules.fleet import Host


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What is carried to a host, the same for all."""

    version: str  # of the helper
    helper: bytes
    hooks: Mapping[str, Hook]  # by dialect
    body: str  # text of `install.sh`


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One host, ready to be set up."""

    host: str
    address: str  # where the bot looks for it
    port: int
    setup: Setup
    script: str
    made: str  # path of the bot's key if it was made just now
    known_hosts: Path

    @property
    def admin(self) -> str:
        """Return where an administrator's ssh goes, unless they say otherwise."""
        return self.address if self.port == SSH else f"ssh://{self.address}:{self.port}"

    async def install(self, admin: str) -> Known:
        """Set the host up by *admin*'s own ssh, and learn its key from there. Raises NotSetUp."""
        await run_there(self.host, admin, self.script)
        return note(self.known_hosts, self.address, self.port, await host_keys(admin))


async def prepare(host: Host, goods: Goods, key: Path, known_hosts: Path) -> Installation:
    """Gather it; the bot's key is made if there is none. Raises NotSetUp."""
    public, made = await public_key(key)
    setup = Setup(
        host=host.name,
        user=host.user,
        public_key=public,
        version=goods.version,
        helper=goods.helper,
        hooks=goods.hooks,
    )
    return Installation(
        host=host.name,
        address=host.address or host.fqdn or host.name,
        port=host.port,
        setup=setup,
        script=render(setup, goods.body),
        made=str(key) if made else "",
        known_hosts=known_hosts,
    )
