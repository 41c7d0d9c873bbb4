"""Golden pictures: what is drawn must look as it did, pixel by pixel."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image, ImageChops

TIMELINES = Path(__file__).parent / "timelines"


def same_picture(name: str, drawn: Path, *, write: bool) -> bool:
    """Say whether *drawn* looks as the golden picture *name*; *write* makes it golden."""
    golden = TIMELINES / f"{name}.png"
    if write:
        shutil.copyfile(drawn, golden)
    with Image.open(golden) as kept, Image.open(drawn) as new:
        return kept.size == new.size and ImageChops.difference(kept, new).getbbox() is None
