"""The fleets that downtime is measured on, always the same ones."""

from dataclasses import dataclass
from random import Random

from bot.rules.fleet import Guest, Host, HostWork

MEMORIES = (512, 1024, 1024, 2048, 2048, 4096, 4096, 6144, 8192, 12288)  # MiB, as VPS are sold
SAMPLES = Random(2021)  # noqa: S311 - sizes, not secrets


@dataclass(frozen=True, kw_only=True)
class BenchFleet:
    name: str
    memories: tuple[int, ...]  # MiB, in the order in which a list shows the guests
    disk_mib_s: float
    stream_mib_s: float
    verify_mib_s: float

    @property
    def saturated(self) -> bool:
        """Whether one stream, of a save or of a verification, takes the whole disk."""
        return min(self.stream_mib_s, self.verify_mib_s) >= self.disk_mib_s

    @property
    def host(self) -> Host:
        return Host(
            name="bench",
            work=HostWork(manual=False),
            disk_mib_s=self.disk_mib_s,
            stream_mib_s=self.stream_mib_s,
            verify_mib_s=self.verify_mib_s,
        )

    @property
    def guests(self) -> dict[str, Guest]:
        names = [f"vps{number:03}" for number in range(len(self.memories))]
        return {name: Guest(name=name, host="bench", uuid=f"uuid-{name}") for name in names}

    @property
    def sizes(self) -> dict[str, int]:
        return dict(zip(self.guests, self.memories, strict=True))


def _memories(count: int, total: int) -> tuple[int, ...]:
    drawn = [SAMPLES.choice(MEMORIES) for _ in range(count)]
    factor = total / sum(drawn)
    return tuple(round(memory * factor) for memory in drawn)


_SEVENTEEN = _memories(17, 60 * 1024)

FLEETS = (
    BenchFleet(
        name="17 guests, 60 GiB, a disk that one stream saturates",
        memories=_SEVENTEEN,
        disk_mib_s=200.0,
        stream_mib_s=200.0,
        verify_mib_s=300.0,
    ),
    BenchFleet(
        name="17 guests, 60 GiB, a disk that rewards four streams",
        memories=_SEVENTEEN,
        disk_mib_s=2000.0,
        stream_mib_s=500.0,
        verify_mib_s=300.0,
    ),
    BenchFleet(
        name="200 guests, 512 GiB, a disk that one stream saturates",
        memories=_memories(200, 512 * 1024),
        disk_mib_s=500.0,
        stream_mib_s=500.0,
        verify_mib_s=500.0,
    ),
)
