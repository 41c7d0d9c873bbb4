"""A folder of configuration: right by default, a test changes only what matters to it."""

from collections.abc import Mapping
from pathlib import Path

from bot.rules.errors import BadConfiguration
from bot.settings import Fault, load

UUIDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(4)]

INVENTORY = f"""\
[hosts.alpha]
[hosts.beta]
[contacts]
anna = {{ name = "Anna Berg", address = "anna@example.org" }}
[guests]
shop = {{ host = "alpha", uuid = "{UUIDS[0]}", contact = "anna", opted_in = true }}
blog = {{ host = "alpha", uuid = "{UUIDS[1]}", address = "192.0.2.2" }}
dns = {{ host = "beta", uuid = "{UUIDS[2]}", role = "infrastructure" }}
"""

RIGHT = {"maint.toml": "", "inventory.toml": INVENTORY, "world.toml": ""}


def written(folder: Path, changed: Mapping[str, str]) -> Path:
    """Write the files to *folder*, those in *changed* with another text."""
    for name, text in (RIGHT | dict(changed)).items():
        (folder / name).write_text(text)
    return folder


def faults(folder: Path) -> tuple[Fault, ...]:
    """Return what loading *folder* finds wrong."""
    try:
        load(folder)
    except BadConfiguration as error:
        found = error.fields["faults"]
        assert isinstance(found, tuple)
        return found
    return ()
