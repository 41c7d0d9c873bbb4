"""The key that signs links and return paths."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.rules.errors import Code, TryAgain
from bot.storage.keyfile import LENGTH, signing_key


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    made = signing_key(tmp_path / "data")

    assert len(made) == LENGTH
    assert signing_key(tmp_path / "data") == made


def test_all_that_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(signing_key, [tmp_path] * 32))

    assert len(keys) == 1


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    signing_key(tmp_path)

    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [
        ("key", 0o600)
    ]


@pytest.mark.parametrize("text", ["this is no key", "", "00ff"])
def test_a_key_that_was_damaged_is_told_and_not_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)

    with pytest.raises(TryAgain) as refused:
        signing_key(tmp_path)

    assert refused.value.code is Code.STORE_UNREACHABLE
