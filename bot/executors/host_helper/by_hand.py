"""What root does at the host itself, with the bot dead: the same verbs, under the same rules.

Its words are its own: the bot and its templates are not here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

from bot.executors.host_helper import durable, guests, images, observing
from bot.executors.host_helper.checking import check
from bot.executors.host_helper.domain import OFF, PAUSED, Dialect, Domain
from bot.executors.host_helper.images import Image
from bot.executors.host_helper.logbook import note
from bot.executors.host_helper.names import Operation, is_name, operation, operation_id
from bot.executors.host_helper.session import gate_of
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform

USAGE = """\
maint-host, by hand as root. It obeys the same rules as the bot does.
  maint-host list                        every guest, and what can be done with it
  maint-host restore GUEST               bring a saved guest back as it was
  maint-host boot GUEST [--lose-memory]  boot it; with --lose-memory also one that is saved
  maint-host discard GUEST IMAGE         remove an image; what was in it is lost
  maint-host release ["reason"]          the bot may do nothing on this host any more
  maint-host takeback                    it may again
  maint-host facts | guests | check | outcome ID     what the bot sees, as JSON
"""
_LOSE = "--lose-memory"
_MEANINGS = {
    "corrupt": "the image is not what was saved",
    "truncated": "the image is not whole",
    "stale_image": "the disk was written to since the image was saved",
    "spent_image": "the image was given back already",
    "no_memory": "the host has too little memory",
    "no_disk": "its disk is not there",
    "no_bridge": "its bridge is not there",
    "blocked": "somebody has blocked it",
    "already_runs": "it is in memory already",
    "killed": "maint-host was killed while it worked",
}


class ByHand:
    """One command of root's."""

    def __init__(self, settings: Settings, dialect: Dialect) -> None:
        """Act on this host."""
        self._settings, self._dialect = settings, dialect
        self._gate = gate_of(settings, dialect)

    def obey(self, words: list[str]) -> int:
        """Do what *words* say; return 0, or 1 if it was refused or failed."""
        verb, rest = words[0], words[1:]
        known: dict[tuple[str, int], Callable[..., int]] = {
            ("list", 0): self._list,
            ("restore", 1): self._restore,
            ("boot", 1): self._boot,
            ("boot", 2): self._boot,
            ("discard", 2): self._discard,
            ("release", 0): self._release,
            ("release", 1): self._release,
            ("takeback", 0): self._take_back,
        }
        command = known.get((verb, len(rest)))
        return command(*rest) if command else self._show(verb, rest)

    def _discard(self, guest: str, image: str) -> int:
        return int(not self._do(guest, "discard-image", image=image))

    def _show(self, verb: str, rest: list[str]) -> int:
        if verb == "outcome" and len(rest) == 1:
            with durable.holding(self._settings.state / "gate.lock"):
                found: object = self._gate.state(operation({"id": operation_id(rest[0])}))
        elif verb in _SHOWN and not rest:
            found = _SHOWN[verb](self._settings, self._dialect)
        else:
            sys.stderr.write(USAGE)
            return 2
        print(json.dumps(found, indent=1))
        return 0

    def _list(self) -> int:
        released = durable.read_json(self._settings.state / "released")
        if released:
            print(
                f"Released: the bot may do nothing here since {released['since']}"
                f" ({released['reason'] or 'no reason given'}). maint-host takeback lets it."
            )
        for domain in self._dialect.domains():
            if not is_name(domain.name):  # from a guest of somebody else's; a terminal obeys names
                print(f"{domain.name!a:24} {domain.state:10} not for maint-host: its name")
                continue
            print(f"{domain.name:24} {domain.state:10} {self._advice(domain)}".rstrip())
            for image in images.of(self._settings, domain.name):
                if image.state == "part" or (image.live and image.manifest is None):
                    command = f"maint-host discard {domain.name} {image.name}"
                    print(f"{'':24} an image that is of no use is left: {command}")
        return 0

    def _advice(self, domain: Domain) -> str:
        live = self._live(domain.name)
        if (self._settings.blocked / domain.name).exists():
            return f"blocked: {self._settings.blocked / domain.name}"
        if domain.state == OFF and live:
            when = _when(live.manifest.saved) if live.manifest else "?"
            return f"saved {when}: maint-host restore {domain.name}"
        if domain.state == OFF:
            return f"maint-host boot {domain.name}"
        if domain.state == PAUSED and guests.read(self._settings, domain.name).came_from:
            return f"restored, not yet let go: maint-host restore {domain.name}"
        return f"its image {live.name} lives, and it runs: it must not be restored" if live else ""

    def _live(self, guest: str) -> Image | None:
        """Return the newest image that the guest may be restored from."""
        live = [i for i in images.of(self._settings, guest) if i.live and i.manifest]
        return max(live, key=lambda i: i.manifest.saved if i.manifest else 0, default=None)

    def _restore(self, guest: str) -> int:
        domain, image = self._known(guest), self._live(guest)
        if domain is None:
            return 1
        if domain.state == PAUSED and guests.read(self._settings, guest).came_from:
            return self._let_go(guest, image)
        if domain.state != OFF:
            return _refuse(f"{guest} is {domain.state}: only a guest that is off is restored.")
        if image is None:
            return _refuse(f"{guest} has no image to be restored from. maint-host boot {guest}")
        return self._bring_back(guest, image)

    def _bring_back(self, guest: str, image: Image) -> int:
        if not (image.manifest and image.manifest.sha256) and not self._do(
            guest, "verify", image=image.name
        ):
            return self._no_way_back(guest)
        if not self._do(guest, "restore", image=image.name):
            return self._no_way_back(guest)
        return self._let_go(guest, image)

    def _let_go(self, guest: str, image: Image | None) -> int:
        """Spend the image and let the guest go on, in this order."""
        if image is not None and not self._do(guest, "spend", image=image.name):
            return 1
        if not self._do(guest, "unpause"):
            return 1
        print(f"{guest} goes on as it was. Look at its console for a minute or two.")
        return 0

    def _no_way_back(self, guest: str) -> int:
        print(
            f"Nothing was lost yet. To boot it without its memory, as after a power cut:"
            f" maint-host boot {guest} {_LOSE}"
        )
        return 1

    def _boot(self, guest: str, lose: str = "") -> int:
        if lose not in {"", _LOSE}:
            return self._show("boot", [])
        domain = self._known(guest)
        if domain is None:
            return 1
        image = self._live(guest)
        if image is not None and domain.state == OFF and not lose:
            print(
                f"{guest} is saved: maint-host restore {guest} brings it back as it was."
                f" To boot it and lose what was in its memory: maint-host boot {guest} {_LOSE}"
            )
            return 1
        if not self._do(guest, "boot"):
            return 1
        print(f"{guest} boots." + (" Its image is spent." if image else ""))
        return 0

    def _do(self, guest: str, verb: str, **needs: str) -> bool:
        """Do one verb here and now, say what came of it, and record it."""
        id_ = f"by-hand-{time.time_ns()}/{guest}/{verb}/1"
        print(f"{verb} {guest} …", flush=True)
        asked = Operation(id=id_, guest=guest, verb=verb, **needs)  # type: ignore[arg-type]
        with (self._settings.state / "by-hand.out").open("a+b") as log:
            answer = perform(self._settings, self._dialect, asked, log)
        failed = str(answer.get("error", ""))
        note(self._settings, f"by hand: {verb} {guest}: {failed or 'done'}")
        if failed:
            _refuse(f"{verb} {guest}: {_MEANINGS.get(failed, failed)}. {answer['detail']}".strip())
        return not failed

    def _known(self, guest: str) -> Domain | None:
        domain = self._dialect.domain(guest)
        if domain is None:
            _refuse(f"{guest}: no such guest on {self._settings.name}. maint-host list")
        return domain

    def _release(self, reason: str = "") -> int:
        since = _when(time.time())
        note(self._settings, f"by hand: released: {reason}")
        durable.write_json(self._settings.state / "released", {"since": since, "reason": reason})
        print(
            "Released: whatever the bot asks of this host is refused from now on, and what it"
            " has begun ends. maint-host takeback lets it act again."
        )
        return 0

    def _take_back(self) -> int:
        was = durable.remove(self._settings.state / "released")
        note(self._settings, "by hand: taken back")
        print("The bot may act on this host again." if was else "It was not released.")
        return 0


_SHOWN = {"facts": observing.facts, "guests": observing.all_guests, "check": check}


def _when(instant: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(instant))


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def is_root() -> bool:
    """Say whether who asks is root."""
    return os.geteuid() == 0
