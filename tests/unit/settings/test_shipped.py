"""What comes with the program is found."""

import pytest

from bot.settings import shipped


@pytest.mark.parametrize(
    "file", ["templates/chat/errors.jinja", "config/default/maint.toml", "config/demo/world.toml"]
)
def test_what_is_shipped_is_found_beside_the_program(file: str) -> None:
    folder, _, rest = file.partition("/")

    assert (shipped(folder) / rest).is_file()
