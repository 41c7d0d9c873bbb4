"""A host, whatever its dialect, and what is asked of it in the test's own process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.executors.host_helper import guests, images
from bot.executors.host_helper.domain import Dialect
from bot.executors.host_helper.gate import Answer, Gate
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.session import gate_of
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform
from bot.executors.host_helper.verbs.settling import settle

if TYPE_CHECKING:
    from bot.executors.host_helper.guests import Record
    from bot.executors.host_helper.images import Image

ANOTHER_BOOT = "00000000-0000-0000-0000-000000000000"
THIS_BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

Speaks = TypeVar("Speaks", bound=Dialect)


def settings_in(folder: Path) -> Settings:
    """Return the settings of a host that is all in *folder*."""
    return Settings(
        name="h1",
        dialect="libvirt",
        etc=folder / "etc",
        state=folder / "state",
        images=folder / "state" / "images",
        snapshots=folder / "snapshots",
        path=os.environ["PATH"],
    )


@dataclass
class Acting(Generic[Speaks]):
    """Acts on one host; each operation has an id of its own."""

    settings: Settings
    dialect: Speaks
    number: int = 0
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = gate_of(self.settings, self.dialect)
        self.settings.blocked.mkdir(parents=True, exist_ok=True)

    def operation(self, verb: str, guest: str = "g1", **needs: Any) -> Operation:  # noqa: ANN401
        """Return an operation on the image "i1" that nobody has asked for before."""
        self.number += 1
        image = needs.pop("image", "i1")
        id_ = f"r1/{guest or '-'}/{verb}/{self.number}"
        return Operation(id=id_, guest=guest, verb=verb, image=image, **needs)

    def do(self, verb: str, guest: str = "g1", **needs: Any) -> Answer:  # noqa: ANN401
        """Do it here and now, and return what came of it."""
        with (self.settings.state / "printed").open("a+b") as log:
            return perform(self.settings, self.dialect, self.operation(verb, guest, **needs), log)

    def doing(self, verb: str, **needs: Any) -> Callable[[], None]:  # noqa: ANN401
        """Return what does it, for a process that is killed meanwhile."""

        def act() -> None:
            self.do(verb, **needs)

        return act

    def done(self, *verbs: str, **needs: Any) -> dict[str, Any]:  # noqa: ANN401
        """Do one after the other, each to its good end; return the values of the last."""
        values: dict[str, Any] = {}
        for verb in verbs:
            answer = self.do(verb, **needs)
            assert answer["state"] == "done", (verb, answer)
            assert answer["error"] == "", (verb, answer)
            values = answer["values"]
        return values

    def fails(self, verb: str, **needs: Any) -> str:  # noqa: ANN401
        """Do it, and return its fault."""
        answer = self.do(verb, **needs)
        assert answer["error"], answer
        return str(answer["error"])

    def settled(
        self, asked: Operation, boot_id: str = THIS_BOOT, *, accepted: float
    ) -> Answer | None:
        """Say what became of an operation whose process is gone."""
        about = {"boot_id": boot_id, "accepted": accepted}
        with (self.settings.state / "printed").open("a+b") as log:
            return settle(self.settings, self.dialect, asked, log, about)

    def record(self, guest: str = "g1") -> Record:
        return guests.read(self.settings, guest)

    def images(self, guest: str = "g1") -> dict[str, str]:
        """Return the state of each image by its name."""
        return {one.name: one.state for one in images.of(self.settings, guest)}

    def image(self, name: str = "i1", guest: str = "g1") -> Image:
        found = images.named(self.settings, guest, name)
        assert found
        return found

    def files(self, guest: str = "g1") -> list[str]:
        """Return the names of all that is in the guest's folder of images."""
        folder = self.settings.images / guest
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def lock(self, guest: str = "g1") -> bool:
        """Say whether the guest has a boot lock."""
        return (self.settings.state / "locks" / guest).exists()
