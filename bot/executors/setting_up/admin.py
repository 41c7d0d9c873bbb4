"""Going to a host as its administrator does: by their own `ssh`, their keys, their settings."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.executors.setting_up.problems import NotSetUp, Problem
from bot.executors.setting_up.programs import answer_of

SSH_FAILED = 255  # ssh's own exit status
NO_SUDO = 77  # ours: sudo there wants a password
SSH = 22
_FILES = ("userknownhostsfile", "globalknownhostsfile")
_AS_ROOT = (
    'if [ "$(id -u)" = 0 ]; then exec sh -s; fi; '
    f"sudo -n true 2>/dev/null || exit {NO_SUDO}; exec sudo -n sh -s"
)


async def run_there(host: str, admin: str, script: str) -> None:
    """Run *script* as root, at *admin* ("anna@hobgoblin"); what it says goes to our own streams.

    ssh may ask its questions on the terminal. Raises NotSetUp: TOOL, ADMITTED, SUDO, SCRIPT.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            "ssh", "-T", "--", admin, _AS_ROOT, stdin=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise NotSetUp(Problem.TOOL, tool="ssh") from error
    with suppress(BrokenPipeError, ConnectionResetError):  # its status says why
        await child.communicate(script.encode())
    status = await child.wait()
    if status == SSH_FAILED:
        raise NotSetUp(Problem.ADMITTED, admin=admin)
    if status == NO_SUDO:
        raise NotSetUp(Problem.SUDO, host=host, admin=admin)
    if status:
        raise NotSetUp(Problem.SCRIPT, host=host, status=status)


async def host_keys(admin: str) -> tuple[str, ...]:
    """Return the keys by which the administrator's ssh knows the host: "ssh-ed25519 AAAA…".

    Raises NotSetUp: TOOL, HOST_KEY.
    """
    settings = await _settings(admin)
    name = settings.get("hostkeyalias") or settings.get("hostname", admin)
    port = int(settings.get("port", SSH))
    known_as = name if port == SSH else f"[{name}]:{port}"
    files = " ".join(
        settings.get(key, "") for key in ("userknownhostsfile", "globalknownhostsfile")
    )
    found: list[str] = []
    for file in files.split():
        _, said, _ = await answer_of("ssh-keygen", "-F", known_as, "-f", file)
        found += [key for line in said.splitlines() if (key := _key(line))]
    if not found:
        raise NotSetUp(Problem.HOST_KEY, address=known_as)
    return tuple(dict.fromkeys(found))


async def _settings(admin: str) -> dict[str, str]:
    """Return what the administrator's ssh would do, by `ssh -G`."""
    _, said, _ = await answer_of("ssh", "-G", "--", admin)
    pairs = (line.partition(" ") for line in said.splitlines())
    return {key: value for key, _, value in pairs}


def _key(line: str) -> str:
    """Return the key of a line of a known_hosts file; empty for a comment or a mark."""
    words = line.split()
    plain = len(words) > 2 and not line.startswith(("#", "@"))  # noqa: PLR2004 - names, type, key
    return " ".join(words[1:3]) if plain else ""
